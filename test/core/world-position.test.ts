import { describe, expect, it } from 'vitest';
import { affineFromColumns, applyAffine, type Vector3 } from '../../core/affine.ts';
import type { GridGeometry } from '../../core/volume.ts';
import { worldPositionMm } from '../../core/world-position.ts';

const round = (point: Vector3): number[] => point.map((mm) => Math.round(mm * 1e9) / 1e9);

describe('worldPositionMm', () => {
  const tilted = affineFromColumns([0.7, 0, 0], [0, 0.8, 0], [0, 2, 4], [-10, -20, 30]);

  it('is the affine on an even grid', () => {
    const grid: GridGeometry = { sizeVoxels: [4, 4, 4], voxelToWorld: tilted };
    expect(worldPositionMm(grid, [1, 2, 3])).toEqual(applyAffine(tilted, [1, 2, 3]));
  });

  it('follows the true slices of a tilted, uneven stack, along the slanted line they lie on', () => {
    const grid: GridGeometry = { sizeVoxels: [4, 4, 4], voxelToWorld: tilted, slicePositionsMm: [30, 31, 40, 42] };
    expect(round(worldPositionMm(grid, [0, 0, 0]))).toEqual([-10, -20, 30]);
    expect(round(worldPositionMm(grid, [0, 0, 1]))).toEqual([-10, -19.5, 31]);
    expect(round(worldPositionMm(grid, [1, 1, 2]))).toEqual([-9.3, -14.2, 40]);
    expect(round(worldPositionMm(grid, [0, 0, 1.5]))).toEqual([-10, -17.25, 35.5]);
    expect(round(worldPositionMm(grid, [0, 0, 3.5]))).toEqual([-10, -13.5, 43]);
    expect(round(worldPositionMm(grid, [0, 0, -0.5]))).toEqual([-10, -20.25, 29.5]);
  });

  it('follows positions that descend', () => {
    const downwards = affineFromColumns([1, 0, 0], [0, 1, 0], [0, 0, -3], [0, 0, 9]);
    const grid: GridGeometry = { sizeVoxels: [1, 1, 3], voxelToWorld: downwards, slicePositionsMm: [9, 7, 3] };
    expect([0, 1, 2].map((k) => round(worldPositionMm(grid, [0, 0, k]))[2])).toEqual([9, 7, 3]);
  });
});
