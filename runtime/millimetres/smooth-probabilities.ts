/**
 * Probabilities of slices → smoothed along the body by a bell, by the true positions of the slices.
 * @module
 */
import { foregroundSearch } from '../../core/foreground.ts';
import { sliceBell } from '../../preprocess/slice-bell.ts';

/** How far the bell reaches, in standard deviations; beyond lies 0.3 % of it. */
const REACH = 3;

/**
 * Smooths; at the ends the bell is cut and what is left counts whole.
 * @param probabilities - uint8, slice after slice; not modified.
 * @param positionsMm - One a slice, rising or falling.
 * @param smoothingMm - Standard deviation of the bell; 0 = nothing is smoothed.
 * @returns uint8, the same order; `probabilities` itself where there is nothing to smooth.
 */
export function smoothProbabilities(probabilities: Uint8Array, positionsMm: readonly number[], smoothingMm: number): Uint8Array {
  const slices = positionsMm.length;
  if (smoothingMm === 0 || slices === 1) return probabilities;
  const pixels = probabilities.length / slices;
  const next = foregroundSearch(probabilities);
  const out = new Uint8Array(probabilities.length);
  const sums = new Float64Array(pixels);
  for (let k = 0; k < slices; k++) {
    let [first, end] = [pixels, 0];
    for (const { slice, share } of sliceBell(k, positionsMm, smoothingMm, REACH)) {
      const [from, to] = [slice * pixels, (slice + 1) * pixels];
      // Nearly all probabilities are 0: most slices show nothing of an organ, and the others little.
      for (let p = next(from, to); p < to; p = next(p, to)) {
        first = Math.min(first, p - from);
        for (let value = probabilities[p] as number; value !== 0 && p < to; value = probabilities[++p] as number)
          sums[p - from] = (sums[p - from] as number) + share * value;
        end = Math.max(end, p - from);
      }
    }
    for (let at = first; at < end; at++) out[k * pixels + at] = Math.floor((sums[at] as number) + 0.5);
    if (first < end) sums.fill(0, first, end);
  }
  return out;
}
