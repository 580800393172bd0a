/** Volumes for tests: boxes of HU on a grid, in any of the 48 voxel orders. */
import { type Affine, affineFromColumns, type Vector3 } from '../../core/affine.ts';
import { createVolume, type Volume } from '../../core/volume.ts';

/** Half-open box of voxels with one value. */
export interface HuBox {
  readonly from: Vector3;
  readonly to: Vector3;
  readonly hu: number;
}

export const STANDARD_AXIAL: Affine = affineFromColumns([1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]);

/** @param sizeVoxels - Along i, j, k. Later boxes lie over earlier ones. */
export function makeVolume(sizeVoxels: Vector3, boxes: readonly HuBox[], voxelToWorld: Affine = STANDARD_AXIAL): Volume {
  const [width, height, slices] = sizeVoxels;
  const hu = new Int16Array(width * height * slices);
  for (const { from, to, hu: value } of boxes)
    for (let k = from[2]; k < to[2]; k++)
      for (let j = from[1]; j < to[1]; j++) {
        const row = (k * height + j) * width;
        hu.fill(value, row + from[0], row + to[0]);
      }
  return createVolume({ sizeVoxels: [width, height, slices], voxelToWorld }, hu);
}

/** A voxel order: which axis of a standard axial volume each native axis is, and whether it runs backwards. */
export interface VoxelOrder {
  readonly axes: readonly [0 | 1 | 2, 0 | 1 | 2, 0 | 1 | 2];
  readonly isFlipped: readonly [boolean, boolean, boolean];
}

export const ALL_VOXEL_ORDERS: readonly VoxelOrder[] = (
  [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ] as const
).flatMap((axes) =>
  [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => ({ axes, isFlipped: [(bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0] as const })),
);

/** Stores a volume's voxels in another order; the anatomy stays where it is in the world. */
export function reorderVolume(volume: Volume, { axes, isFlipped }: VoxelOrder): Volume {
  const { sizeVoxels, voxelToWorld: m } = volume.geometry;
  const size = axes.map((axis) => sizeVoxels[axis]) as [number, number, number];
  const column = (axis: number): Vector3 => [m[axis] as number, m[4 + axis] as number, m[8 + axis] as number];
  const columns = axes.map((axis, n) => column(axis).map((v) => (isFlipped[n] ? -v : v)) as unknown as Vector3);
  const first = [0, 0, 0];
  axes.forEach((axis, n) => {
    if (isFlipped[n]) first[axis] = sizeVoxels[axis] - 1;
  });
  const origin = [0, 1, 2].map((r) => column(3)[r]! + [0, 1, 2].reduce((sum, c) => sum + column(c)[r]! * first[c]!, 0));
  const hu = new Int16Array(volume.hu.length);
  let p = 0;
  for (let c = 0; c < size[2]; c++)
    for (let b = 0; b < size[1]; b++)
      for (let a = 0; a < size[0]; a++) {
        const standard = [0, 0, 0];
        [a, b, c].forEach((index, n) => {
          const axis = axes[n]!;
          standard[axis] = isFlipped[n] ? sizeVoxels[axis] - 1 - index : index;
        });
        hu[p++] = volume.hu[(standard[2]! * sizeVoxels[1] + standard[1]!) * sizeVoxels[0] + standard[0]!]!;
      }
  const voxelToWorld = affineFromColumns(columns[0]!, columns[1]!, columns[2]!, origin as unknown as Vector3);
  return createVolume({ sizeVoxels: size, voxelToWorld }, hu);
}
