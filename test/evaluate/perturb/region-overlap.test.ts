import { describe, expect, it } from 'vitest';
import { affineFromColumns } from '../../../core/affine.ts';
import { createLabelMap, type GridGeometry } from '../../../core/volume.ts';
import { overlapOf } from '../../../evaluate/perturb/region-overlap.ts';

/** Pixels of 2 × 5 mm; slices 3 and 7 mm apart, so that their voxels are 30, 50 and 70 mm³. */
const UNEVEN: GridGeometry = {
  sizeVoxels: [2, 2, 3],
  voxelToWorld: affineFromColumns([2, 0, 0], [0, 5, 0], [0, 0, 5], [0, 0, 0]),
  slicePositionsMm: [0, 3, 10],
};

describe('the overlap of a region', () => {
  it('takes its labels as one mask and each slice at its own thickness', () => {
    const prediction = createLabelMap(UNEVEN, Uint8Array.of(1, 2, 0, 0, 0, 3, 0, 0, 2, 0, 0, 0));
    const truth = createLabelMap(UNEVEN, Uint8Array.of(2, 1, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0));
    const { dice, predictedMl } = overlapOf(prediction, truth, { name: 'both', labels: [1, 2] });
    expect(dice).toBeCloseTo((2 * 2) / (3 + 4), 12);
    expect(predictedMl).toBeCloseTo((2 * 30 + 70) / 1000, 12);
  });

  it('is whole where neither map has it', () => {
    const empty = createLabelMap(UNEVEN, new Uint8Array(12));
    expect(overlapOf(empty, empty, { name: 'organ', labels: [1] })).toEqual({ dice: 1, predictedMl: 0 });
  });
});
