/**
 * Two grids of one size → how far apart the same voxel of both lies.
 * @module
 */
import { applyAffine, norm, subtract, type Vector3 } from './affine.ts';
import type { GridGeometry } from './volume.ts';

/** How far the same voxel of two grids of one size lies apart, at most, mm. */
export function gridShiftMm(a: GridGeometry, b: GridGeometry): number {
  return Math.max(...cornersOf(a.sizeVoxels).map((corner) => cornerShiftMm(a, b, corner)), sliceShiftMm(a, b));
}

function cornersOf([ni, nj, nk]: GridGeometry['sizeVoxels']): readonly Vector3[] {
  return [0, ni - 1].flatMap((i) => [0, nj - 1].flatMap((j) => [0, nk - 1].map((k): Vector3 => [i, j, k])));
}

function cornerShiftMm(a: GridGeometry, b: GridGeometry, corner: Vector3): number {
  return norm(subtract(applyAffine(a.voxelToWorld, corner), applyAffine(b.voxelToWorld, corner)));
}

/** Only one of the two may know that slices are uneven: NIfTI cannot say it. */
function sliceShiftMm({ slicePositionsMm: a }: GridGeometry, { slicePositionsMm: b }: GridGeometry): number {
  if (!a || !b) return 0;
  return Math.max(...a.map((position, k) => Math.abs(position - (b[k] as number))));
}
