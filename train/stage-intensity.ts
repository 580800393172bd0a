/**
 * How HU become the input of a stage: fitted on its training slices or, where training goes on from a network, as that network
 * knows them. Fitted anew on a few cases they would be another scale, and the network a stranger to it.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VoxwatchError } from '../core/errors.ts';
import type { Intensity } from '../preprocess/intensity/intensity.ts';
import { decodeIntensity, hasSlices, INTENSITY_FILES } from '../preprocess/intensity/intensity-files.ts';
import type { SliceStore } from './data/slice-store.ts';
import { checkChannels, fitIntensity } from './fit-intensity.ts';
import type { StageRecipe } from './recipe.ts';
import type { TrainOptions } from './run/train-options.ts';
import { stageFolder } from './run/trained-facts.ts';

/** @throws {VoxwatchError} as `fitIntensity` and `decodeIntensity`; `INPUT_NOT_FOUND` where the run to start from has none. */
export async function stageIntensity(
  stage: StageRecipe,
  train: SliceStore,
  { recipe, startFrom }: Pick<TrainOptions, 'recipe' | 'startFrom'>,
): Promise<Intensity> {
  const { scheme } = stage.intensity;
  const isFitted = scheme === 'feature-wise' || (scheme === 'standardise' && stage.intensity.fixed === undefined);
  if (startFrom === undefined || !isFitted) return fitIntensity(stage.intensity, train, stage);
  checkChannels(train, stage.intensity);
  const folder = join(startFrom, stageFolder(recipe, stage));
  const facts = await readPart(folder, INTENSITY_FILES.facts);
  if (!hasSlices(facts)) return decodeIntensity({ facts }, stage.gridPixels);
  const mean = await readPart(folder, INTENSITY_FILES.mean);
  const standardDeviation = await readPart(folder, INTENSITY_FILES.standardDeviation);
  return decodeIntensity({ facts, slices: { mean, standardDeviation } }, stage.gridPixels);
}

async function readPart(folder: string, file: string): Promise<Uint8Array> {
  return readFile(join(folder, file)).catch((cause: unknown) => {
    const message = 'The run to start from does not say how it prepared the input of this stage: a file of it is missing.';
    throw new VoxwatchError('INPUT_NOT_FOUND', message, {}, cause);
  });
}
