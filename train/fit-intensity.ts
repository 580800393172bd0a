/**
 * What a recipe asks of intensities, with the numbers that depend on data: fitted on the training slices, as they are.
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';
import { accumulateSlice, type FeatureWiseStatistics, finishFeatureWise, startFeatureWise } from '../preprocess/feature-wise.ts';
import type { Intensity } from '../preprocess/intensity/intensity.ts';
import { takeSample } from './augmentation/take-sample.ts';
import { plainGrid } from './data/sample-batch.ts';
import type { SliceStore } from './data/slice-store.ts';
import type { IntensityRecipe } from './intensity-recipe.ts';
import type { StageRecipe } from './recipe.ts';

/** Deviations below this are those of slices of one value; HU. */
const SMALLEST_DEVIATION_HU = 1e-3;

/**
 * A crop stage counts only slices that have something to crop round.
 * @throws {VoxwatchError} `USAGE` for slices of more channels than the scheme has.
 */
export function fitIntensity(recipe: IntensityRecipe, store: SliceStore, stage: StageRecipe): Intensity {
  checkChannels(store, recipe);
  switch (recipe.scheme) {
    case 'feature-wise':
      return { scheme: 'feature-wise', statistics: fitFeatureWise(recipe, store, stage) };
    case 'standardise':
      return {
        scheme: 'standardise',
        clampHu: recipe.clampHu,
        ...(recipe.fixed ?? meanAndDeviation(recipe.clampHu, store, stage)),
      };
    default:
      return recipe;
  }
}

/** The mean slice and the standard-deviation slice of a stage. */
export function fitFeatureWise(
  { clampHu, standardDeviationFloorHu }: Omit<Extract<IntensityRecipe, { scheme: 'feature-wise' }>, 'scheme'>,
  store: SliceStore,
  stage: StageRecipe,
): FeatureWiseStatistics {
  const accumulator = startFeatureWise(stage.gridPixels, clampHu);
  for (const hu of plainSlices(store, stage)) accumulateSlice(accumulator, hu);
  return finishFeatureWise(accumulator, standardDeviationFloorHu);
}

/** Of all pixels of all slices, from the sums over each slice: no difference of large numbers. */
function meanAndDeviation(
  [lowest, highest]: readonly [number, number],
  store: SliceStore,
  stage: StageRecipe,
): { readonly meanHu: number; readonly standardDeviationHu: number } {
  let [pixels, mean, squaredDeviations] = [0, 0, 0];
  for (const hu of plainSlices(store, stage)) {
    let sum = 0;
    for (const value of hu) sum += Math.min(highest, Math.max(lowest, value));
    const ownMean = sum / hu.length;
    let own = 0;
    for (const value of hu) own += (Math.min(highest, Math.max(lowest, value)) - ownMean) ** 2;
    // Two groups' moments as one (Chan, Golub & LeVeque, 1979).
    const total = pixels + hu.length;
    squaredDeviations += own + ((ownMean - mean) ** 2 * pixels * hu.length) / total;
    mean += ((ownMean - mean) * hu.length) / total;
    pixels = total;
  }
  const deviation = pixels === 0 ? 0 : Math.sqrt(squaredDeviations / pixels);
  return { meanHu: mean, standardDeviationHu: Math.max(SMALLEST_DEVIATION_HU, deviation) };
}

function* plainSlices(store: SliceStore, stage: StageRecipe): Generator<Float32Array> {
  for (const [index, { centroid }] of store.facts.entries()) {
    if (stage.region.kind !== 'whole-slice' && centroid === undefined) continue;
    yield takeSample(store.read(index), store.sizePixels, { map: plainGrid(store, index, stage) }, stage.gridPixels).hu;
  }
}

/**
 * A picture of several channels is network input as it is, or none.
 * @throws {VoxwatchError} `USAGE`.
 */
export function checkChannels({ content }: SliceStore, intensity: IntensityRecipe): void {
  if (content.channels === 1) return;
  if (intensity.scheme === 'as-stored' && intensity.channels === content.channels) return;
  const wanted = intensity.scheme === 'as-stored' ? `of ${intensity.channels} channels` : 'of one channel';
  throw new VoxwatchError('USAGE', `These slices have ${content.channels} channels; the recipe takes slices ${wanted}.`);
}
