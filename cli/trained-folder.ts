/**
 * The folder that `voxwatch train` leaves → what export needs of it.
 *
 * `trained.json` holds the facts, `<stage>/model.json` the network, `<stage>/intensity.json` how HU become its input, with
 * `mean.f32` and `std.f32` beside it for feature-wise statistics.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VoxwatchError } from '../core/errors.ts';
import type { MillimetreGrid, MillimetreRegion } from '../core/millimetre-stage.ts';
import type { PixelStage, TrainedManifest } from '../core/model-manifest.ts';
import type { Intensity } from '../preprocess/intensity/intensity.ts';
import { decodeIntensity, hasSlices, INTENSITY_FILES } from '../preprocess/intensity/intensity-files.ts';
import { WEIGHTS_FILE } from '../train/model-files.ts';
import { TRAINED_FILE } from '../train/run/trained-facts.ts';

/** `trained.json`. Its facts go into the manifest as they are, which is where they are checked. */
export interface TrainedRun
  extends Pick<
      TrainedManifest,
      | 'recipe'
      | 'version'
      | 'labels'
      | 'organLabel'
      | 'lesionLabel'
      | 'enhancedOrganHu'
      | 'bodyParts'
      | 'domain'
      | 'postprocessing'
      | 'figures'
      | 'reportedFigures'
      | 'intendedUse'
      | 'limits'
    >,
    Omit<TrainedManifest['training'], 'steps'> {
  readonly stages: readonly TrainedStage[];
}

/** A stage in `trained.json`; files are relative to the folder. */
export interface TrainedStage extends Pick<PixelStage, 'name' | 'region' | 'outputLabels' | 'gridPixels'> {
  /** Of a stage in millimetres; then its `region` and `outputLabels` in pixels mean nothing. */
  readonly millimetres?: MillimetreGrid & { readonly region: MillimetreRegion };
  readonly model: string;
  readonly intensity: string;
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
    typeof stage?.model === 'string' && typeof stage.intensity === 'string';
  if (!Array.isArray(run?.stages) || run.stages.length === 0 || !run.stages.every(isWhole)) {
    throw new VoxwatchError(
      'INVALID_ARGUMENT',
      `The ${TRAINED_FILE} of this training run names no stages with a model and intensities.`,
    );
  }
  return run as TrainedRun;
}

/**
 * Reads how HU become the input of a stage.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND`; `INVALID_ARGUMENT` where the files are damaged or not on the stage's grid.
 */
export async function readIntensity(folder: string, { intensity, gridPixels }: TrainedStage): Promise<Intensity> {
  const facts = await readPart(folder, intensity);
  if (!hasSlices(facts)) return decodeIntensity({ facts }, gridPixels);
  const [mean, standardDeviation] = sliceFiles(intensity);
  const slices = { mean: await readPart(folder, mean), standardDeviation: await readPart(folder, standardDeviation) };
  return decodeIntensity({ facts, slices }, gridPixels);
}

function sliceFiles(intensity: string): readonly [mean: string, standardDeviation: string] {
  const stageFolder = dirname(intensity);
  return [join(stageFolder, INTENSITY_FILES.mean), join(stageFolder, INTENSITY_FILES.standardDeviation)];
}

/**
 * All files of a run that training can start from and export reads.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND`.
 */
export async function* trainedFiles(folder: string, { stages }: TrainedRun): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
  yield { name: TRAINED_FILE, bytes: await readPart(folder, TRAINED_FILE) };
  for (const { model, intensity } of stages) {
    const facts = await readPart(folder, intensity);
    yield { name: intensity, bytes: facts };
    const others = [model, join(dirname(model), WEIGHTS_FILE), ...(hasSlices(facts) ? sliceFiles(intensity) : [])];
    for (const name of others) yield { name, bytes: await readPart(folder, name) };
  }
}

async function readPart(folder: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(join(folder, file));
  } catch (cause) {
    throw new VoxwatchError('INPUT_NOT_FOUND', 'This folder is not a finished training run: a file of it is missing.', {}, cause);
  }
}
