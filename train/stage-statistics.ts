/**
 * The mean slice and the standard-deviation slice of a stage, over its training slices without augmentation.
 * @module
 */
import { accumulateSlice, type FeatureWiseStatistics, finishFeatureWise, startFeatureWise } from '../preprocess/feature-wise.ts';
import { takeSample } from './augmentation/take-sample.ts';
import { plainGrid } from './data/sample-batch.ts';
import type { SliceStore } from './data/slice-store.ts';
import type { StageRecipe } from './recipe.ts';

/** A crop stage counts only slices that have something to crop round. */
export function stageStatistics(store: SliceStore, stage: StageRecipe): FeatureWiseStatistics {
  const accumulator = startFeatureWise(stage.gridPixels, stage.clampHu);
  store.facts.forEach(({ centroid }, index) => {
    if (stage.region.kind !== 'whole-slice' && centroid === undefined) return;
    const { hu } = takeSample(store.read(index), store.sizePixels, { map: plainGrid(store, index, stage) }, stage.gridPixels);
    accumulateSlice(accumulator, hu);
  });
  return finishFeatureWise(accumulator, stage.standardDeviationFloorHu);
}
