/**
 * Trains the stages of a recipe on a data folder and writes the training run.
 *
 * The run's folder: `trained.json` (facts), a folder a stage with `model.json`, `weights.bin`, statistics, and
 * `history.csv` and, for a run that goes on, `checkpoint.bin`; `split.json` with the cases of each side, `left-out.json` with
 * those that could not be used and why.
 * @module
 */
import { appendFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VoxwatchError } from '../core/errors.ts';
import { createRandom } from '../core/random.ts';
import type { Intensity } from '../preprocess/intensity/intensity.ts';
import { encodeIntensity, INTENSITY_FILES } from '../preprocess/intensity/intensity-files.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { BatchSource } from './data/batch-source.ts';
import { withBatchThreads } from './data/batch-threads.ts';
import { type DataOptions, type DataProgress, prepareData } from './data/prepare-data.ts';
import type { SliceStore } from './data/slice-store.ts';
import { fitFeatureWise } from './fit-intensity.ts';
import { fitStage, type HistoryRow } from './fit-stage.ts';
import { beginHistory, HISTORY_FILE, historyLine } from './history.ts';
import { loadTrainedModel, saveTrainedModel } from './model-files.ts';
import { createEnet } from './networks/enet.ts';
import type { Recipe, StageRecipe } from './recipe.ts';
import { runIdentity, weightsDigest } from './run-identity.ts';
import { asStorageError, RUN_IS_KEPT } from './storage-error.ts';

export interface TrainOptions {
  readonly recipe: Recipe;
  readonly data: DataOptions;
  readonly out: string;
  readonly seed: number;
  /** Name of the tfjs backend that runs, for the record. */
  readonly backend: string;
  /** What the data are, for the model card. */
  readonly dataDescription: string;
  /** A run whose weights are the start; absent: random ones. */
  readonly startFrom?: string;
  /** Go on where a run of the same options in the same folder was stopped. */
  readonly resume: boolean;
  /** Train only these stages; the run's other stages stay as they are. */
  readonly stages: readonly string[];
  readonly onProgress: (line: TrainProgress) => void;
}

export type TrainProgress = DataProgress | ({ readonly kind: 'row'; readonly stage: string; readonly total: number } & HistoryRow);

/**
 * @throws {VoxwatchError} `INPUT_EMPTY` without usable cases, `USAGE` for a stage that the recipe has not,
 *   `OUTPUT_NOT_WRITABLE` for a full disk: what was reached stays, and the run can be resumed.
 */
export async function trainRecipe(options: TrainOptions): Promise<void> {
  const stages = selectStages(options.recipe, options.stages);
  try {
    await mkdir(options.out, { recursive: true });
    const { train, validation } = await prepareData(options.data, {
      out: options.out,
      seed: options.seed,
      layout: options.recipe.layout,
      split: { kind: 'name', name: options.recipe.split ?? 'patients' },
      labels: Math.max(...options.recipe.labels.map(({ index }) => index)) + 1,
      sizePixels: (options.recipe.stages[0] as StageRecipe).gridPixels,
      onProgress: options.onProgress,
    });
    try {
      const startedAt = new Date().toISOString();
      for (const stage of stages) await trainStage(stage, train.store, validation.store, options);
      await writeFile(join(options.out, 'trained.json'), `${JSON.stringify(facts(options, startedAt), null, 2)}\n`);
    } finally {
      await train.release();
      await validation.release();
    }
  } catch (thrown) {
    throw asStorageError(thrown, RUN_IS_KEPT);
  }
}

/** Folder of a stage in a run: `stage-1` for the first. */
export function stageFolder(recipe: Recipe, stage: StageRecipe): string {
  return `stage-${recipe.stages.indexOf(stage) + 1}`;
}

async function trainStage(stage: StageRecipe, train: SliceStore, validation: SliceStore, options: TrainOptions): Promise<void> {
  const { recipe, out, seed } = options;
  const folder = join(out, stageFolder(recipe, stage));
  await mkdir(folder, { recursive: true });
  const statistics = fitFeatureWise(stage, train, stage);
  await writeIntensity(folder, { scheme: 'feature-wise', statistics });
  const classes = Math.max(...stage.classes) + 1;
  const model =
    options.startFrom === undefined
      ? createEnet({
          inputSize: [null, null],
          classes,
          dropout: stage.dropout,
          random: createRandom(seed, `weights ${stage.name}`),
        })
      : await loadTrainedModel(options.startFrom, join(stageFolder(recipe, stage), 'model.json'));
  const start =
    options.startFrom === undefined ? undefined : await weightsDigest(join(options.startFrom, stageFolder(recipe, stage)));
  const identity = runIdentity(stage, { seed, start, train, validation });
  const checkpointFile = join(folder, 'checkpoint.bin');
  const checkpoint = options.resume ? await readCheckpoint(checkpointFile, identity) : undefined;
  // A run that begins anew must not be taken for the one before it when it is stopped early.
  if (!checkpoint) await rm(checkpointFile, { force: true });
  const history = join(folder, HISTORY_FILE);
  await beginHistory(history, stage, checkpoint?.step);
  const total = stage.phases.reduce((sum, phase) => sum + phase.steps, 0);
  // Training that goes on from a model sees other batches than those that made it.
  const random = createRandom(seed, start === undefined ? `stage ${stage.name}` : `stage ${stage.name}, from ${start}`);
  const plan = { stage, phases: stage.phases, statistics, random: random.origin };
  const { path, sizePixels, content, facts: slices } = train;
  const fit = (batches: BatchSource): Promise<void> =>
    fitStage({
      batches,
      model,
      stage,
      phases: stage.phases,
      statistics,
      train,
      validation,
      random,
      ...(checkpoint ? { resumeFrom: checkpoint } : {}),
      onCheckpoint: (reached) => writeCheckpoint(checkpointFile, identity, reached),
      onRow: (row) => {
        appendFileSync(history, historyLine(row));
        options.onProgress({ kind: 'row', stage: stage.name, total, ...row });
      },
      onBest: async (row) => {
        await saveTrainedModel(model, folder);
        await writeFile(join(folder, 'best.json'), `${JSON.stringify(row)}\n`);
      },
      onEnd: () => saveTrainedModel(model, join(folder, 'last')),
    });
  await withBatchThreads(plan, { path, sizePixels, content, facts: slices }, fit);
  model.dispose();
}

async function writeIntensity(folder: string, intensity: Intensity): Promise<void> {
  const { facts, slices } = encodeIntensity(intensity);
  await writeFile(join(folder, INTENSITY_FILES.facts), facts);
  if (!slices) return;
  for (const part of ['mean', 'standardDeviation'] as const) await writeFile(join(folder, INTENSITY_FILES[part]), slices[part]);
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

/** What export puts into the manifest. */
function facts({ recipe, seed, backend, dataDescription }: TrainOptions, startedAt: string): object {
  const { name, version, labels, organLabel, lesionLabel, bodyParts, postprocessing, reportedFigures, intendedUse, limits } =
    recipe;
  return {
    recipe: name,
    version,
    startedAt,
    seed,
    backend,
    data: dataDescription,
    software: { '@tensorflow/tfjs-layers': '4.22.0', node: process.versions.node },
    figures: [],
    labels,
    organLabel,
    lesionLabel,
    bodyParts,
    postprocessing,
    reportedFigures,
    intendedUse,
    limits,
    stages: recipe.stages.map((stage) => ({
      name: stage.name,
      model: `${stageFolder(recipe, stage)}/model.json`,
      intensity: `${stageFolder(recipe, stage)}/${INTENSITY_FILES.facts}`,
      gridPixels: stage.gridPixels,
      region: stage.region,
      outputLabels: stage.outputLabels,
      steps: stage.phases.reduce((sum, phase) => sum + phase.steps, 0),
    })),
  };
}
