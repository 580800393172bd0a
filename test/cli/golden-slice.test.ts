import { describe, expect, it } from 'vitest';
import { goldenNifti, goldenSlabNiftis } from '../../cli/golden-slice.ts';
import { affineFromColumns, applyAffine } from '../../core/affine.ts';
import { createLabelMap, createVolume } from '../../core/volume.ts';
import { readNifti } from '../../formats/nifti/read-nifti.ts';

const [WIDTH, HEIGHT] = [10, 7];

/** Slices of 2 mm that hold their number; the lesion is largest in one of them. */
function phantom(slices: number, lesionSlice: number) {
  const voxelToWorld = affineFromColumns([0.5, 0, 0], [0, 0.5, 0], [0, 0, 2], [-30, -20, 100]);
  const geometry = { sizeVoxels: [WIDTH, HEIGHT, slices] as const, voxelToWorld };
  const pixels = WIDTH * HEIGHT;
  const hu = Int16Array.from({ length: pixels * slices }, (_, p) => Math.floor(p / pixels));
  const labels = new Uint8Array(pixels * slices);
  labels.fill(2, lesionSlice * pixels, lesionSlice * pixels + 5);
  labels[0] = 2;
  return { volume: createVolume(geometry, hu), truth: createLabelMap(geometry, labels) };
}

describe('the golden slice', () => {
  it('is the one with the most lesion', () => {
    const { volume, truth } = phantom(9, 6);
    const { geometry, hu } = readNifti(goldenNifti(volume, truth, 2)).volume;
    expect(geometry.sizeVoxels).toEqual([WIDTH, HEIGHT, 1]);
    expect(new Set(hu)).toEqual(new Set([6]));
  });

  it('is one of several slabs for three dimensions, of coarser slices about 5 mm apart, from the feet to the head', () => {
    const { volume } = phantom(80, 40);
    const slabs = goldenSlabNiftis(volume).map((nifti) => readNifti(nifti).volume);
    const firsts = [0, 18, 36, 46];
    expect(slabs).toHaveLength(firsts.length);
    slabs.forEach(({ geometry, hu }, s) => {
      const first = firsts[s] as number;
      expect(geometry.sizeVoxels).toEqual([4, 3, 12]);
      expect(Array.from({ length: 12 }, (_, n) => hu[n * 12])).toEqual(Array.from({ length: 12 }, (_, n) => first + 3 * n));
      // The corner of its first voxel is the corner of that slice.
      const corner = applyAffine(geometry.voxelToWorld, [-0.5, -0.5, 0]);
      applyAffine(volume.geometry.voxelToWorld, [-0.5, -0.5, first]).forEach((mm, axis) => expect(corner[axis]).toBeCloseTo(mm, 4));
    });
  });

  it('reaches over a short phantom, and is one slab of a single slice', () => {
    const slabs = goldenSlabNiftis(phantom(9, 4).volume).map((nifti) => readNifti(nifti).volume);
    expect(slabs.map(({ geometry }) => geometry.sizeVoxels)).toEqual([
      [4, 3, 3],
      [4, 3, 3],
    ]);
    expect(goldenSlabNiftis(phantom(1, 0).volume)).toHaveLength(1);
  });
});
