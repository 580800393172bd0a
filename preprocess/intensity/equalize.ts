/**
 * Histogram equalisation of a slice over frequency bins: each pixel becomes its place among the slice's own quantiles.
 *
 * Source: report 004 (`freqhist_bins` and `hist_scaled` of fastai's medical imaging): edges are the values at 0.001, at the
 * middle of each of the bins, and at 0.999 of the sorted pixels; equal edges are one; between edges the result rises in a
 * straight line, by the same amount from each to the next, from 0 to 1. Here the slice is already on the network's grid.
 * @module
 */
import { mapValues } from '../map-values.ts';

/** Shares of the sorted pixels at the two ends. */
const ENDS = [0.001, 0.999] as const;

/** Keeps a division by a width of 0 finite; such a step counts for nothing. */
export const SMALLEST_WIDTH = 1e-12;

/**
 * Places of the edges in the sorted pixels of a slice, ascending.
 * @param pixels - Number of pixels.
 * @param bins - ≥ 1.
 */
export function edgePlaces(pixels: number, bins: number): number[] {
  const middles = Array.from({ length: bins }, (_, n) => Math.fround(Math.fround(n / bins) + 1 / 2 / bins));
  return [ENDS[0], ...middles, ENDS[1]].map((share) => Math.min(pixels - 1, Math.floor(Math.fround(pixels * Math.fround(share)))));
}

/**
 * @param hu - HU, any order; never modified.
 * @returns as many numbers in [0, 1]; all 0 where all edges are one value.
 */
export function equalizeSlice(hu: Int16Array | Float32Array, bins: number): Float32Array {
  const sorted = Float32Array.from(hu).sort();
  const all = edgePlaces(hu.length, bins).map((place) => sorted[place] as number);
  const edges = all.filter((edge, index) => index === 0 || edge !== all[index - 1]);
  const step = 1 / Math.max(1, edges.length - 1);
  return mapValues(hu, (value) => {
    const above = firstAbove(edges, value);
    if (above === 0) return 0;
    if (above === edges.length) return edges.length === 1 ? 0 : 1;
    const [from, to] = [edges[above - 1] as number, edges[above] as number];
    return (above - 1 + (value - from) / (to - from)) * step;
  });
}

/** Index of the first edge above a value; the number of edges where none is. */
function firstAbove(edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
