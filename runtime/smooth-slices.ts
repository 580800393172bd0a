/**
 * Probabilities of slices → smoothed along the body by a bell, by the true positions of the slices.
 * @module
 */

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
  // Most slices show nothing of an organ.
  const isEmpty = positionsMm.map((_, k) => sliceOf(k).every((value) => value === 0));
  const out = new Uint8Array(probabilities.length);
  const sums = new Float64Array(pixels);
  for (let k = 0; k < slices; k++) {
    const neighbours = neighboursOf(k, positionsMm, smoothingMm);
    const total = neighbours.reduce((sum, { weight }) => sum + weight, 0);
    sums.fill(0);
    for (const { slice, weight } of neighbours) {
      if (isEmpty[slice]) continue;
      const values = sliceOf(slice);
      const share = weight / total;
      for (let p = 0; p < pixels; p++) sums[p] = (sums[p] as number) + share * (values[p] as number);
    }
    for (let p = 0; p < pixels; p++) out[k * pixels + p] = Math.floor((sums[p] as number) + 0.5);
  }
  return out;
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
