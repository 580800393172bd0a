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
import { VoxwatchError } from '../../core/errors.ts';
import { asMemoryError } from '../backends/memory-error.ts';
import type { FilledStore } from '../data/fill-stores.ts';
import { type DataNeeds, prepareData } from '../data/prepare-data.ts';
import { widened } from '../data/seen-domain.ts';
import { type Recipe, type StageRecipe, sliceGrid } from '../recipe.ts';
import type { RateSearch, RateSweep } from '../schedule/learning-rate-finder.ts';
import { asStorageError, RUN_IS_KEPT } from '../storage-error.ts';
import { writeWhole } from '../write-whole.ts';
import { searchLearningRate } from './search-learning-rate.ts';
import type { TrainOptions } from './train-options.ts';
import { type StageSlices, trainStage } from './train-stage.ts';
import { earlierFacts, TRAINED_FILE, trainedFacts } from './trained-facts.ts';

/**
 * @throws {VoxwatchError} `INPUT_EMPTY` without usable cases, `USAGE` for a stage that the recipe has not,
 *   `OUTPUT_NOT_WRITABLE` for a full disk: what was reached stays, and the run can be resumed.
 */
export async function trainRecipe(options: TrainOptions): Promise<void> {
  const startedAt = new Date().toISOString();
  await forStages(options, async (stage, slices) => {
    const earlier = await earlierFacts(options.out);
    const steps = { ...earlier.steps, [stage.name]: await trainStage(stage, slices, options) };
    const domain = widened(earlier.domain, slices.domain);
    const facts = trainedFacts({ ...options, startedAt, layersVersion: version_layers, steps, domain });
    await writeWhole(join(options.out, TRAINED_FILE), `${JSON.stringify(facts, null, 2)}\n`);
  });
}

/**
 * A short run of the first phase of each stage at rising learning rates; nothing of it is kept but what it tells.
 * @returns by the names of the stages.
 * @throws {VoxwatchError} as {@link trainRecipe}.
 */
export async function searchLearningRates(options: TrainOptions, sweep: RateSweep): Promise<ReadonlyMap<string, RateSearch>> {
  const found = new Map<string, RateSearch>();
  await forStages(options, async (stage, { train }) => {
    found.set(stage.name, await searchLearningRate(stage, train, { options, sweep }));
  });
  return found;
}

/** Stages one after the other with their slices, which neighbours share that keep them alike. */
async function forStages(options: TrainOptions, work: (stage: StageRecipe, slices: RunSlices) => Promise<void>): Promise<void> {
  const { recipe } = options;
  const groups = new Map<string, { readonly content: StageContent; readonly stages: StageRecipe[] }>();
  for (const stage of selectStages(recipe, options.stages)) {
    const content = contentOf(recipe, stage);
    const key = JSON.stringify(content);
    const group = groups.get(key) ?? { content, stages: [] };
    group.stages.push(stage);
    groups.set(key, group);
  }
  for (const { content, stages } of groups.values()) {
    await withSlices(options, content, async (slices) => {
      for (const stage of stages) await work(stage, slices);
    });
  }
}

/** Slices of a stage, and what those of the training side span. */
type RunSlices = StageSlices & Pick<FilledStore, 'domain'>;

/** What the slices of a stage are kept as. */
type StageContent = Pick<DataNeeds, 'grid' | 'focus'>;

/** Stages in pixels crop from what the first one sees; each stage in millimetres has its own spacing. */
function contentOf({ stages }: Recipe, stage: StageRecipe): StageContent {
  const grid = sliceGrid(stage.millimetres ? stage : (stages[0] as StageRecipe));
  return { grid, ...(stage.focusLabels ? { focus: stage.focusLabels } : {}) };
}

/** Reads the data of a run, lends its slices and drops them. */
async function withSlices(options: TrainOptions, content: StageContent, work: (slices: RunSlices) => Promise<void>): Promise<void> {
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
      ...content,
      onProgress,
    });
    try {
      const { store, domain } = train;
      await work({ train: store, validation: validation.store, ...(domain ? { domain } : {}) });
    } finally {
      await train.release();
      await validation.release();
    }
  } catch (thrown) {
    throw asMemoryError(asStorageError(thrown, RUN_IS_KEPT));
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
