/** Small label maps made of numbers, for the tests of scoring. */
import type { Affine } from '../../core/affine.ts';
import { createLabelMap, type LabelMap } from '../../core/volume.ts';

/** The same numbers in [0, 1) for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function diagonalAffine([x, y, z]: readonly [number, number, number]): Affine {
  return [x, 0, 0, 0, 0, y, 0, 0, 0, 0, z, 0, 0, 0, 0, 1];
}

/** A map whose label at [i, j, k] is what the function says. */
export function labelMapOf(
  size: readonly [number, number, number],
  label: (i: number, j: number, k: number) => number,
  grid: {
    readonly spacing?: readonly [number, number, number];
    readonly affine?: Affine;
    readonly positions?: readonly number[];
  } = {},
): LabelMap {
  const labels = new Uint8Array(size[0] * size[1] * size[2]);
  for (let k = 0, p = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++) for (let i = 0; i < size[0]; i++) labels[p++] = label(i, j, k);
  return createLabelMap(
    {
      sizeVoxels: size,
      voxelToWorld: grid.affine ?? diagonalAffine(grid.spacing ?? [1, 1, 1]),
      ...(grid.positions ? { slicePositionsMm: grid.positions } : {}),
    },
    labels,
  );
}

/** A label inside a box `[first, end)`, 0 elsewhere. */
export function inBox(
  first: readonly [number, number, number],
  end: readonly [number, number, number],
  label = 1,
): (i: number, j: number, k: number) => number {
  return (...at) => (at.every((n, axis) => n >= (first[axis] as number) && n < (end[axis] as number)) ? label : 0);
}
