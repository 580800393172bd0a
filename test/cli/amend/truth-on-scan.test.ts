import { describe, expect, it } from 'vitest';
import { truthOnScan } from '../../../cli/amend/truth-on-scan.ts';
import { affineFromColumns } from '../../../core/affine.ts';
import { createLabelMap } from '../../../core/volume.ts';
import { ALL_VOXEL_ORDERS, makeVolume, reorderVolume } from '../../runtime/make-volume.ts';

const spaced = affineFromColumns([0.7, 0, 0], [0, 0.8, 0], [0, 0, 5], [-30, 12, 400]);
/** A scan, and a truth of another label in every voxel. */
const scan = makeVolume([3, 4, 5], [], spaced);
const numbered = { ...scan, hu: scan.hu.map((_, p) => p) };

describe('the truth of a case', () => {
  it('comes onto the grid of its scan, whatever voxel order it was written in', () => {
    for (const order of ALL_VOXEL_ORDERS) {
      const { geometry, hu } = reorderVolume(numbered, order);
      const { labels } = truthOnScan(createLabelMap(geometry, Uint8Array.from(hu)), scan.geometry);
      expect([...labels]).toEqual([...numbered.hu]);
    }
  });

  it.each([
    ['of another size', [3, 4, 6], spaced],
    ['half a voxel away', [3, 4, 5], affineFromColumns([0.7, 0, 0], [0, 0.8, 0], [0, 0, 5], [-29.65, 12, 400])],
    ['of other voxels, as many', [3, 4, 5], affineFromColumns([0.8, 0, 0], [0, 0.8, 0], [0, 0, 5], [-30, 12, 400])],
    ['turned by some degrees', [3, 4, 5], affineFromColumns([0.69, 0.1, 0], [-0.1, 0.79, 0], [0, 0, 5], [-30, 12, 400])],
  ] as const)('is refused where it is %s', (_, size, affine) => {
    const { geometry, hu } = makeVolume(size, [], affine);
    const truth = createLabelMap(geometry, new Uint8Array(hu.length));
    expect(() => truthOnScan(truth, scan.geometry)).toThrow(
      expect.objectContaining({ code: 'GEOMETRY_MISMATCH', message: expect.stringContaining('lie on another grid than its scan') }),
    );
  });
});
