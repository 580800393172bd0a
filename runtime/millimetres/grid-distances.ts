/**
 * Distances on a network's grid, whose slices are those of the scan; along slanted slices they are taken as if those were upright.
 * @module
 */
import { affineSpacingMm } from '../../core/affine.ts';
import { nearestDistancesMm } from '../../core/distance-transform.ts';
import type { GridGeometry } from '../../core/volume.ts';

/**
 * From centre to centre, mm.
 * @param marks - 1 a voxel that is marked.
 * @param queries - Array indices.
 * @returns one number a query: to the nearest marked voxel, infinite where there is none.
 */
export function gridDistancesMm(grid: GridGeometry, marks: Uint8Array, queries: Uint32Array): Float64Array {
  const { sizeVoxels, voxelToWorld, slicePositionsMm } = grid;
  const axes = { sizeVoxels, spacingMm: affineSpacingMm(voxelToWorld), ...ascending(slicePositionsMm) };
  return nearestDistancesMm(axes, { marks, feature: 1, queries });
}

/**
 * Removes from a mask what lies farther from marked voxels than it may.
 * @param mask - 0, or another value; changed in place.
 */
export function removeFarInPlace(mask: Uint8Array, marks: Uint8Array, grid: GridGeometry, mostMm: number): void {
  const unmarked: number[] = [];
  for (let p = 0; p < mask.length; p++) if (mask[p] !== 0 && marks[p] !== 1) unmarked.push(p);
  const queries = Uint32Array.from(unmarked);
  const distances = gridDistancesMm(grid, marks, queries);
  for (let n = 0; n < queries.length; n++) if ((distances[n] as number) > mostMm) mask[queries[n] as number] = 0;
}

/** Positions of slices from foot to head or the other way: distances are the same. */
function ascending(positions: readonly number[] | undefined): { readonly slicePositionsMm?: Float64Array } {
  if (positions === undefined) return {};
  const isFalling = (positions.at(-1) as number) < (positions[0] as number);
  return { slicePositionsMm: Float64Array.from(positions, (mm) => (isFalling ? -mm : mm)) };
}
