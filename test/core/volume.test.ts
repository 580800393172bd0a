import { describe, expect, it } from 'vitest';
import { type Affine, affineFromColumns } from '../../core/affine.ts';
import { createGeometry, createLabelMap, createVolume, type GridGeometry, voxelVolumesMm3 } from '../../core/volume.ts';

const AXIAL = affineFromColumns([0.8, 0, 0], [0, 0.5, 0], [0, 0, 3], [0, 0, 0]);

function grid(slices: number, voxelToWorld: Affine = AXIAL, slicePositionsMm?: readonly number[]): GridGeometry {
  return { sizeVoxels: [2, 2, slices], voxelToWorld, ...(slicePositionsMm ? { slicePositionsMm } : {}) };
}

describe('the volume of a voxel', () => {
  it('is area times step where slices are even', () => {
    for (const value of voxelVolumesMm3(grid(3))) expect(value).toBeCloseTo(1.2, 12);
  });

  it('does not grow with the shear of a tilted gantry: the step counts along the slice normal', () => {
    const tilted = affineFromColumns([0.8, 0, 0], [0, 0.5, 0], [0, 2, 3], [0, 0, 0]);
    for (const value of voxelVolumesMm3(grid(3, tilted))) expect(value).toBeCloseTo(1.2, 12);
  });

  it('is that of the parallelepiped where rows and columns are not at right angles', () => {
    const skewed = affineFromColumns([1, 0, 0], [0.5, 1, 0], [0, 0, 2], [0, 0, 0]);
    expect(voxelVolumesMm3(grid(1, skewed))[0]).toBeCloseTo(2, 12);
  });

  it('follows the true distances of uneven slices: half of both gaps, the outer ones their only gap', () => {
    // Gaps 2, 4, 1 mm on an area of 0.4 mm².
    const volumes = voxelVolumesMm3(grid(4, AXIAL, [10, 12, 16, 17]));
    [0.4 * 2, 0.4 * 3, 0.4 * 2.5, 0.4 * 1].forEach((value, k) => expect(volumes[k]).toBeCloseTo(value, 12));
  });

  it('does not depend on the direction in which the slices are counted', () => {
    const up = [...voxelVolumesMm3(grid(4, AXIAL, [10, 12, 16, 17]))];
    expect([...voxelVolumesMm3(grid(4, AXIAL, [17, 16, 12, 10]))]).toEqual(up.reverse());
  });

  it('takes the affine’s step for a single slice, whatever its position', () => {
    expect(voxelVolumesMm3(grid(1, AXIAL, [42]))[0]).toBeCloseTo(1.2, 12);
  });
});

describe('a grid', () => {
  const invalid = expect.objectContaining({ code: 'GEOMETRY_INVALID' });

  it('is frozen once it is made', () => {
    expect(Object.isFrozen(createGeometry(grid(2)))).toBe(true);
  });

  it.each([
    ['no voxel along an axis', { sizeVoxels: [2, 0, 2], voxelToWorld: AXIAL }],
    ['half a voxel', { sizeVoxels: [2, 2.5, 2], voxelToWorld: AXIAL }],
    ['a flat affine', { sizeVoxels: [2, 2, 2], voxelToWorld: affineFromColumns([1, 0, 0], [2, 0, 0], [0, 0, 1], [0, 0, 0]) }],
    [
      'an affine that is not finite',
      { sizeVoxels: [2, 2, 2], voxelToWorld: [...AXIAL.slice(0, 3), Number.NaN, ...AXIAL.slice(4)] },
    ],
    ['an affine that is too short', { sizeVoxels: [2, 2, 2], voxelToWorld: AXIAL.slice(0, 12) }],
    ['a slice position too few', { sizeVoxels: [2, 2, 3], voxelToWorld: AXIAL, slicePositionsMm: [1, 2] }],
  ] as const)('is refused with %s', (_name, geometry) => {
    expect(() => createGeometry(geometry)).toThrow(invalid);
  });

  it('is refused when it lies about its size, before anything is allocated', () => {
    expect(() => createGeometry({ sizeVoxels: [60000, 60000, 60000], voxelToWorld: AXIAL })).toThrow(
      expect.objectContaining({ code: 'INPUT_TOO_LARGE' }),
    );
  });

  it('and its voxels must be as many as it says, for volumes and label maps', () => {
    expect(() => createVolume(grid(2), new Int16Array(7))).toThrow(invalid);
    expect(() => createLabelMap(grid(2), new Uint8Array(9))).toThrow(invalid);
    const hu = new Int16Array(8);
    expect(createVolume(grid(2), hu).hu).toBe(hu);
  });
});
