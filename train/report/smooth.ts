/**
 * Rows of a history → what is drawn over them: phases, a smoothed line, a running median.
 * @module
 */

/** A phase with rows' steps after `first` and up to `last`. */
export interface StepRange {
  readonly first: number;
  readonly last: number;
}

/** Steps of phases one after the other. */
export function phaseRanges(phases: readonly { readonly steps: number }[]): StepRange[] {
  let end = 0;
  return phases.map(({ steps }) => {
    const first = end;
    end += steps;
    return { first, last: end };
  });
}

/** A smoothed line takes in this share of all rows on each side, and at least so many. */
const SHARE_EACH_SIDE = 0.02;
const LEAST_EACH_SIDE = 2;

/** Rows on each side that the smoothed line of a history takes in. */
export function smoothingReach(rows: number): number {
  return Math.max(LEAST_EACH_SIDE, Math.round(rows * SHARE_EACH_SIDE));
}

/** More points than this cannot be told apart in a chart. */
const MOST_POINTS = 600;

/** Rows at which a line over a history is worked out: all of a short one, evenly spread ones and the last of a long one. */
export function drawnRows(rows: number): number[] {
  const count = Math.min(rows, MOST_POINTS);
  return Array.from({ length: count }, (_, n) => Math.floor(((n + 1) * rows) / count) - 1);
}

/**
 * Means under a triangle that stands over each value and reaches `reach` values to both sides, but not beyond its group:
 * the loss of another phase is another loss.
 * @param groups - Of each value; values of one group lie together.
 * @param rows - Where the mean is wanted.
 */
export function smoothed(values: readonly number[], groups: readonly number[], reach: number, rows: readonly number[]): number[] {
  return rows.map((n) => {
    let [sum, weights] = [0, 0];
    for (let m = Math.max(0, n - reach); m <= Math.min(values.length - 1, n + reach); m++) {
      if (groups[m] !== groups[n]) continue;
      const weight = reach + 1 - Math.abs(m - n);
      sum += weight * (values[m] as number);
      weights += weight;
    }
    return sum / weights;
  });
}

/** The middle of the values; the mean of both middle ones. NaN without values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Median of a value and up to `reach` on both sides of it, for the rows wanted. */
export function runningMedian(values: readonly number[], reach: number, rows: readonly number[]): number[] {
  return rows.map((n) => median(values.slice(Math.max(0, n - reach), n + reach + 1)));
}
