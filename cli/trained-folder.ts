/**
 * The folder that `voxwatch train` leaves → what export needs of it.
 *
 * `trained.json` holds the facts, `<stage>/model.json` the network, `<stage>/statistics.json` with `mean.f32` and
 * `std.f32` its statistics.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VoxwatchError } from '../core/errors.ts';
import type { ManifestStage, ModelManifest } from '../core/model-manifest.ts';
import type { FeatureWiseStatistics } from '../preprocess/feature-wise.ts';
import { decodeStatistics, STATISTICS_FILES } from '../preprocess/feature-wise-files.ts';
import { WEIGHTS_FILE } from '../train/model-files.ts';

export const TRAINED_FILE = 'trained.json';

/** `trained.json`. Its facts go into the manifest as they are, which is where they are checked. */
export interface TrainedRun
  extends Pick<
      ModelManifest,
      | 'recipe'
      | 'version'
      | 'labels'
      | 'organLabel'
      | 'lesionLabel'
      | 'bodyParts'
      | 'postprocessing'
      | 'figures'
      | 'reportedFigures'
      | 'intendedUse'
      | 'limits'
    >,
    Omit<ModelManifest['training'], 'steps'> {
  readonly stages: readonly TrainedStage[];
}

/** A stage in `trained.json`; files are relative to the folder. */
export interface TrainedStage extends Pick<ManifestStage, 'name' | 'region' | 'outputLabels' | 'gridPixels'> {
  readonly model: string;
  readonly statistics: string;
  readonly steps: number;
}

/**
 * Reads `trained.json`.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND` without it, `INVALID_ARGUMENT` where it is not what training writes.
 */
export async function readTrainedRun(folder: string): Promise<TrainedRun> {
  const json = new TextDecoder().decode(await readPart(folder, TRAINED_FILE));
  let run: Partial<TrainedRun> | null;
  try {
    run = JSON.parse(json);
  } catch (cause) {
    throw new VoxwatchError('INVALID_ARGUMENT', `The ${TRAINED_FILE} of this training run is not JSON.`, {}, cause);
  }
  const isWhole = (stage: Partial<TrainedStage>): boolean =>
    typeof stage?.model === 'string' && typeof stage.statistics === 'string';
  if (!Array.isArray(run?.stages) || run.stages.length === 0 || !run.stages.every(isWhole)) {
    throw new VoxwatchError(
      'INVALID_ARGUMENT',
      `The ${TRAINED_FILE} of this training run names no stages with a model and statistics.`,
    );
  }
  return run as TrainedRun;
}

/**
 * Reads the statistics of a stage.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND`; `INVALID_ARGUMENT` where they are damaged or not on the stage's grid.
 */
export async function readStatistics(
  folder: string,
  { name, statistics, gridPixels }: TrainedStage,
): Promise<FeatureWiseStatistics> {
  const stageFolder = dirname(statistics);
  const [facts, mean, standardDeviation] = await Promise.all([
    readPart(folder, statistics),
    readPart(folder, join(stageFolder, STATISTICS_FILES.mean)),
    readPart(folder, join(stageFolder, STATISTICS_FILES.standardDeviation)),
  ]);
  const read = decodeStatistics({ facts, mean, standardDeviation });
  if (read.sizePixels.join() !== gridPixels.join()) {
    throw new VoxwatchError(
      'INVALID_ARGUMENT',
      `The statistics of stage ${name} are ${read.sizePixels.join(' × ')} pixels; its grid is ${gridPixels.join(' × ')}.`,
    );
  }
  return read;
}

/**
 * All files of a run that training can start from and export reads.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND`.
 */
export async function* trainedFiles(folder: string, { stages }: TrainedRun): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
  const ofStage = ({ model, statistics }: TrainedStage): string[] => [
    model,
    join(dirname(model), WEIGHTS_FILE),
    statistics,
    join(dirname(statistics), STATISTICS_FILES.mean),
    join(dirname(statistics), STATISTICS_FILES.standardDeviation),
  ];
  for (const name of [TRAINED_FILE, ...stages.flatMap(ofStage)]) yield { name, bytes: await readPart(folder, name) };
}

async function readPart(folder: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(join(folder, file));
  } catch (cause) {
    throw new VoxwatchError('INPUT_NOT_FOUND', 'This folder is not a finished training run: a file of it is missing.', {}, cause);
  }
}
