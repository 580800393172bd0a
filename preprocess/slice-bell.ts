/**
 * The slices round one under a bell along the body, by their true positions.
 * @module
 */

/** A slice, and what of the sum it is. */
export interface BellSlice {
  readonly slice: number;
  readonly share: number;
}

/**
 * The slices that count for slice k. At the ends of a scan the bell is cut, and what is left counts whole.
 * @param positionsMm - One a slice, rising or falling.
 * @param deviationMm - Standard deviation of the bell, above 0.
 * @param reach - How far it goes, in standard deviations.
 * @returns them in order, slice k among them; their shares sum to 1.
 */
export function sliceBell(k: number, positionsMm: ArrayLike<number>, deviationMm: number, reach: number): readonly BellSlice[] {
  const distance = (slice: number): number => Math.abs((positionsMm[slice] as number) - (positionsMm[k] as number)) / deviationMm;
  let [first, last] = [k, k];
  while (first > 0 && distance(first - 1) <= reach) first--;
  while (last < positionsMm.length - 1 && distance(last + 1) <= reach) last++;
  const weights = Array.from({ length: last - first + 1 }, (_, n) => Math.exp(-(distance(first + n) ** 2) / 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight, n) => ({ slice: first + n, share: weight / total }));
}
