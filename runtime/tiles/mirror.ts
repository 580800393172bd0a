/**
 * Mirrored tiles: each combination of a stage's mirror axes, and arrays flipped along some of them.
 * @module
 */
import type { Triple } from '../../preprocess/tiles/oriented-grid.ts';

/** Which of the three axes are turned round. */
export type Flips = Triple<boolean>;

/** All combinations of axes, none first: 2 for one axis, 8 for three. */
export function mirrorings(axes: readonly number[]): readonly Flips[] {
  return Array.from({ length: 2 ** axes.length }, (_, bits) => {
    const isFlipped = (axis: number): boolean => axes.some((mirrored, n) => mirrored === axis && (bits & (1 << n)) !== 0);
    return [isFlipped(0), isFlipped(1), isFlipped(2)] as const;
  });
}

/** A copy turned round along some axes; its own inverse. @param values - Blocks of `[planes, rows, columns]`. */
export function flipped(values: Float32Array, [planes, rows, columns]: Triple, flips: Flips): Float32Array {
  if (!flips.includes(true)) return values;
  const out = new Float32Array(values.length);
  const block = planes * rows * columns;
  for (let start = 0; start < values.length; start += block) {
    for (let plane = 0; plane < planes; plane++) {
      for (let row = 0; row < rows; row++) {
        const fromPlane = flips[0] ? planes - 1 - plane : plane;
        const fromRow = flips[1] ? rows - 1 - row : row;
        const from = start + (fromPlane * rows + fromRow) * columns;
        const line = values.subarray(from, from + columns);
        out.set(flips[2] ? line.toReversed() : line, start + (plane * rows + row) * columns);
      }
    }
  }
  return out;
}
