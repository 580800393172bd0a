/**
 * Two label maps on one grid → Dice and volume of a region, and nothing that takes longer.
 * @module
 */
import { countOverlap, diceScore, emptyCounts } from '../../core/overlap.ts';
import { type LabelMap, voxelVolumesMm3 } from '../../core/volume.ts';
import type { Region } from '../score-case.ts';

const MM3_PER_ML = 1000;

/** Both empty gives 1, one empty gives 0. */
export function overlapOf(prediction: LabelMap, truth: LabelMap, { labels }: Region): { dice: number; predictedMl: number } {
  const { sizeVoxels } = truth.geometry;
  const sliceVoxels = sizeVoxels[0] * sizeVoxels[1];
  const counts = emptyCounts();
  let [predicted, predictedMm3] = [0, 0];
  voxelVolumesMm3(truth.geometry).forEach((volumeMm3, k) => {
    const slice = [k * sliceVoxels, (k + 1) * sliceVoxels] as const;
    countOverlap(counts, prediction.labels.subarray(...slice), truth.labels.subarray(...slice), labels);
    const soFar = counts.truePositive + counts.falsePositive;
    predictedMm3 += (soFar - predicted) * volumeMm3;
    predicted = soFar;
  });
  return { dice: diceScore(counts), predictedMl: predictedMm3 / MM3_PER_ML };
}
