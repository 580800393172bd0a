/**
 * Trains the stages of a recipe on a data folder and writes the training run.
 *
 * The run's folder: `trained.json` (facts), a folder a stage (see train-stage.ts); `split.json` with the cases of each side,
 * `left-out.json` with those that could not be used and why.
 * @module
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { version_layers } from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../core/errors.ts';
import { prepareData } from './data/prepare-data.ts';
import type { Recipe, StageRecipe } from './recipe.ts';
import { asStorageError, RUN_IS_KEPT } from './storage-error.ts';
import type { TrainOptions } from './train-options.ts';
import { trainStage } from './train-stage.ts';
import { earlierSteps, TRAINED_FILE, trainedFacts } from './trained-facts.ts';
import { writeWhole } from './write-whole.ts';

/**
 * @throws {VoxwatchError} `INPUT_EMPTY` without usable cases, `USAGE` for a stage that the recipe has not,
 *   `OUTPUT_NOT_WRITABLE` for a full disk: what was reached stays, and the run can be resumed.
 */
export async function trainRecipe(options: TrainOptions): Promise<void> {
  const { recipe, out, seed, onProgress } = options;
  const stages = selectStages(recipe, options.stages);
  try {
    await mkdir(out, { recursive: true });
    const { train, validation } = await prepareData(options.data, {
      out,
      seed,
      layout: recipe.layout,
      split: { kind: 'name', name: recipe.split ?? 'patients' },
      ...(recipe.selection ? { selection: recipe.selection } : {}),
      labels: Math.max(...recipe.truthLabels.map(({ index }) => index)) + 1,
      sizePixels: (recipe.stages[0] as StageRecipe).gridPixels,
      onProgress,
    });
    try {
      const startedAt = new Date().toISOString();
      const steps: Record<string, number> = { ...(await earlierSteps(out)) };
      for (const stage of stages) {
        steps[stage.name] = await trainStage(stage, { train: train.store, validation: validation.store }, options);
      }
      const facts = trainedFacts({ ...options, startedAt, layersVersion: version_layers, steps });
      await writeWhole(join(out, TRAINED_FILE), `${JSON.stringify(facts, null, 2)}\n`);
    } finally {
      await train.release();
      await validation.release();
    }
  } catch (thrown) {
    throw asStorageError(thrown, RUN_IS_KEPT);
  }
}

function selectStages(recipe: Recipe, names: readonly string[]): readonly StageRecipe[] {
  for (const name of names) {
    if (!recipe.stages.some((stage) => stage.name === name)) {
      throw new VoxwatchError(
        'USAGE',
        `Recipe ${recipe.name} has the stages ${recipe.stages.map((stage) => stage.name).join(', ')}.`,
      );
    }
  }
  return names.length === 0 ? recipe.stages : recipe.stages.filter((stage) => names.includes(stage.name));
}
