/**
 * A place on a grid → where it is in the patient, by true slice positions.
 *
 * An affine can only hold even steps: of an uneven stack it holds the mean step, and is up to several slices off in the
 * middle. Whoever measures places on such a grid asks here.
 * @module
 */
import { affineColumn, applyAffine, cross, dot, normalize, type Vector3 } from './affine.ts';
import type { GridGeometry } from './volume.ts';

/**
 * World position of a place on a grid, mm LPS.
 * @param place - Index along i, j, k; a voxel's centre is at whole numbers. Between two slices the way is shared evenly;
 *   beyond the outer ones their only step goes on.
 */
export function worldPositionMm({ voxelToWorld, slicePositionsMm }: GridGeometry, [i, j, k]: Vector3): Vector3 {
  if (!slicePositionsMm || slicePositionsMm.length < 2) return applyAffine(voxelToWorld, [i, j, k]);
  const normal = normalize(cross(affineColumn(voxelToWorld, 0), affineColumn(voxelToWorld, 1)));
  const meanStepMm = dot(affineColumn(voxelToWorld, 2), normal);
  // Slices lie on the straight line of the affine's k column, a tilted stack's too, only not at even distances on it.
  const evenK = (heightAt(slicePositionsMm, k) - (slicePositionsMm[0] as number)) / meanStepMm;
  return applyAffine(voxelToWorld, [i, j, evenK]);
}

/** Position along the slice normal of a fractional slice index, mm. */
function heightAt(positionsMm: readonly number[], k: number): number {
  const below = Math.min(Math.max(Math.floor(k), 0), positionsMm.length - 2);
  const [from, to] = [positionsMm[below] as number, positionsMm[below + 1] as number];
  return from + (k - below) * (to - from);
}
