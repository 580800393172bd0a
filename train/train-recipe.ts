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
import type { RateSearch, RateSweep } from './schedule/learning-rate-finder.ts';
import { searchLearningRate } from './search-learning-rate.ts';
import { asStorageError, RUN_IS_KEPT } from './storage-error.ts';
import type { TrainOptions } from './train-options.ts';
import { type StageSlices, trainStage } from './train-stage.ts';
import { earlierSteps, TRAINED_FILE, trainedFacts } from './trained-facts.ts';
import { writeWhole } from './write-whole.ts';

/**
 * @throws {VoxwatchError} `INPUT_EMPTY` without usable cases, `USAGE` for a stage that the recipe has not,
 *   `OUTPUT_NOT_WRITABLE` for a full disk: what was reached stays, and the run can be resumed.
 */
export async function trainRecipe(options: TrainOptions): Promise<void> {
  const { recipe, out } = options;
  const stages = selectStages(recipe, options.stages);
  await withSlices(options, async (slices) => {
    const startedAt = new Date().toISOString();
    const steps: Record<string, number> = { ...(await earlierSteps(out)) };
    for (const stage of stages) steps[stage.name] = await trainStage(stage, slices, options);
    const facts = trainedFacts({ ...options, startedAt, layersVersion: version_layers, steps });
    await writeWhole(join(out, TRAINED_FILE), `${JSON.stringify(facts, null, 2)}\n`);
  });
}

/**
 * A short run of the first phase of each stage at rising learning rates; nothing of it is kept but what it tells.
 * @returns by the names of the stages.
 * @throws {VoxwatchError} as {@link trainRecipe}.
 */
export async function searchLearningRates(options: TrainOptions, sweep: RateSweep): Promise<ReadonlyMap<string, RateSearch>> {
  const stages = selectStages(options.recipe, options.stages);
  const found = new Map<string, RateSearch>();
  await withSlices(options, async ({ train }) => {
    for (const stage of stages) found.set(stage.name, await searchLearningRate(stage, train, { options, sweep }));
  });
  return found;
}

/** Reads the data of a run, lends its slices and drops them. */
async function withSlices(options: TrainOptions, work: (slices: StageSlices) => Promise<void>): Promise<void> {
  const { recipe, out, seed, onProgress } = options;
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
      await work({ train: train.store, validation: validation.store });
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
