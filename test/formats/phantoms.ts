/**
 * Small volumes for format tests.
 * @module
 */
import { type Affine, affineFromColumns, type Vector3 } from '../../core/affine.ts';
import { createVolume, type GridGeometry, type Volume } from '../../core/volume.ts';

/** Every voxel differs from its neighbours, so that no swap or flip goes unseen. */
export function countingVolume(geometry: GridGeometry): Volume {
  const [i, j, k] = geometry.sizeVoxels;
  return createVolume(
    geometry,
    Int16Array.from({ length: i * j * k }, (_, n) => ((n * 7919) % 4000) - 1000),
  );
}

/** An axial grid as scanners make it: 0.7 × 0.8 mm pixels, 2.5 mm steps; `shearMm` tilts the gantry. */
export function axialGrid(sizeVoxels: readonly [number, number, number] = [6, 5, 8], shearMm = 0): GridGeometry {
  return { sizeVoxels, voxelToWorld: affineFromColumns([0.7, 0, 0], [0, 0.8, 0], [0, shearMm, 2.5], [-100.5, -90.25, 33]) };
}

/** All 48 ways to lay three voxel axes along the world's: six orders, eight signs; spacing 1.5 × 2 × 3 mm. */
export function allOrientations(): Affine[] {
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ] as const;
  const axis = (world: number, length: number): Vector3 => [0, 1, 2].map((n) => (n === world ? length : 0)) as unknown as Vector3;
  return orders.flatMap((order) =>
    Array.from({ length: 8 }, (_, signs) => {
      const sign = (bit: number): number => (signs & (1 << bit) ? -1 : 1);
      return affineFromColumns(
        axis(order[0], 1.5 * sign(0)),
        axis(order[1], 2 * sign(1)),
        axis(order[2], 3 * sign(2)),
        [10, -20.5, 30],
      );
    }),
  );
}
