/**
 * Two label maps on one grid → Dice and volume of a region, and nothing that takes longer.
 * @module
 */
import { type LabelMap, voxelVolumesMm3 } from '../../core/volume.ts';
import type { Region } from '../score-case.ts';

const MM3_PER_ML = 1000;

/** Both empty gives 1, one empty gives 0. */
export function overlapOf(prediction: LabelMap, truth: LabelMap, { labels }: Region): { dice: number; predictedMl: number } {
  const isIn = Uint8Array.from({ length: 256 }, (_, label) => (labels.includes(label) ? 1 : 0));
  const { sizeVoxels } = truth.geometry;
  const sliceVoxels = sizeVoxels[0] * sizeVoxels[1];
  const volumes = voxelVolumesMm3(truth.geometry);
  let [both, inTruth, inPrediction, predictedMm3] = [0, 0, 0, 0];
  for (let k = 0; k < sizeVoxels[2]; k++) {
    let inSlice = 0;
    for (let p = k * sliceVoxels; p < (k + 1) * sliceVoxels; p++) {
      const a = isIn[prediction.labels[p] as number] as number;
      const b = isIn[truth.labels[p] as number] as number;
      both += a & b;
      inTruth += b;
      inSlice += a;
    }
    inPrediction += inSlice;
    predictedMm3 += inSlice * (volumes[k] as number);
  }
  const total = inTruth + inPrediction;
  return { dice: total === 0 ? 1 : (2 * both) / total, predictedMl: predictedMm3 / MM3_PER_ML };
}
