/**
 * Probabilities of slices → smoothed along the body by a bell, by the true positions of the slices.
 * @module
 */
import { foregroundSearch } from '../core/foreground.ts';

/** How far the bell reaches, in standard deviations; beyond lies 0.3 % of it. */
const REACH = 3;

/**
 * Smooths; at the ends the bell is cut and what is left counts whole.
 * @param probabilities - uint8, slice after slice; not modified.
 * @param positionsMm - One a slice, rising or falling.
 * @param smoothingMm - Standard deviation of the bell; 0 = nothing is smoothed.
 * @returns uint8, the same order; `probabilities` itself where there is nothing to smooth.
 */
export function smoothSlices(probabilities: Uint8Array, positionsMm: readonly number[], smoothingMm: number): Uint8Array {
  const slices = positionsMm.length;
  if (smoothingMm === 0 || slices === 1) return probabilities;
  const pixels = probabilities.length / slices;
  const sliceOf = (k: number): Uint8Array => probabilities.subarray(k * pixels, (k + 1) * pixels);
  // Most slices show nothing of an organ, and the others little.
  const ranges = positionsMm.map((_, k) => filledRange(sliceOf(k)));
  const out = new Uint8Array(probabilities.length);
  const sums = new Float64Array(pixels);
  for (let k = 0; k < slices; k++) {
    const neighbours = neighboursOf(k, positionsMm, smoothingMm);
    const total = neighbours.reduce((sum, { weight }) => sum + weight, 0);
    const filled = neighbours.map(({ slice }) => ranges[slice] as Range).filter(({ first, end }) => first < end);
    const [first, end] = [
      Math.min(pixels, ...filled.map((range) => range.first)),
      Math.max(0, ...filled.map((range) => range.end)),
    ];
    sums.fill(0, first, end);
    for (const { slice, weight } of neighbours) {
      const values = sliceOf(slice);
      const share = weight / total;
      const range = ranges[slice] as Range;
      for (let p = range.first; p < range.end; p++) sums[p] = (sums[p] as number) + share * (values[p] as number);
    }
    for (let p = first; p < end; p++) out[k * pixels + p] = Math.floor((sums[p] as number) + 0.5);
  }
  return out;
}

/** Places of a slice that hold anything, half open; nothing where it is empty. */
interface Range {
  readonly first: number;
  readonly end: number;
}

function filledRange(slice: Uint8Array): Range {
  const first = foregroundSearch(slice)(0, slice.length);
  let end = slice.length;
  while (end > first && slice[end - 1] === 0) end--;
  return { first, end };
}

function neighboursOf(
  k: number,
  positionsMm: readonly number[],
  smoothingMm: number,
): readonly { readonly slice: number; readonly weight: number }[] {
  const distance = (slice: number): number => Math.abs((positionsMm[slice] as number) - (positionsMm[k] as number)) / smoothingMm;
  let [first, last] = [k, k];
  while (first > 0 && distance(first - 1) <= REACH) first--;
  while (last < positionsMm.length - 1 && distance(last + 1) <= REACH) last++;
  return Array.from({ length: last - first + 1 }, (_, n) => ({
    slice: first + n,
    weight: Math.exp(-(distance(first + n) ** 2) / 2),
  }));
}
