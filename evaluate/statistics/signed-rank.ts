/**
 * Differences of pairs → the p-value of Wilcoxon's signed-rank test, two-sided.
 *
 * Differences of zero are left out (Wilcoxon's own way); equal ones share their mean rank. Up to {@link EXACT_UP_TO} pairs
 * the distribution of the rank sum is counted exactly, ties included; beyond, the normal approximation with correction
 * for ties and continuity. Source: W. J. Conover, "Practical Nonparametric Statistics", 3rd ed., 5.7.
 * @module
 */
import { normalCdf } from './normal.ts';

/** Pairs that differ, up to which every assignment of signs is counted. */
export const EXACT_UP_TO = 200;

export interface SignedRankTest {
  /** Pairs that differ. */
  readonly pairs: number;
  /** Sum of the ranks of the positive differences. */
  readonly positiveRanks: number;
  /** 1 where no pair differs. */
  readonly pValue: number;
  readonly method: 'exact' | 'normal approximation';
}

/** Tests whether paired differences lie about zero. */
export function signedRankTest(differences: readonly number[]): SignedRankTest {
  const nonZero = differences.filter((difference) => difference !== 0);
  const ranks = meanRanks(nonZero.map(Math.abs));
  const positiveRanks = ranks.reduce((sum, rank, n) => sum + ((nonZero[n] as number) > 0 ? rank : 0), 0);
  const isExact = nonZero.length <= EXACT_UP_TO;
  const pValue = nonZero.length === 0 ? 1 : isExact ? exact(ranks, positiveRanks) : approximate(ranks, positiveRanks);
  return { pairs: nonZero.length, positiveRanks, pValue, method: isExact ? 'exact' : 'normal approximation' };
}

/** Ranks from 1; equal values share the mean of theirs. */
function meanRanks(values: readonly number[]): number[] {
  const order = values.map((_, n) => n).sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Array<number>(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] as number] === values[order[start] as number]) end++;
    for (let n = start; n < end; n++) ranks[order[n] as number] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/** Probabilities of all rank sums, doubled so that mean ranks of ties are whole numbers. */
function exact(ranks: readonly number[], positiveRanks: number): number {
  const doubled = ranks.map((rank) => Math.round(2 * rank));
  const total = doubled.reduce((sum, rank) => sum + rank, 0);
  let probabilities = new Float64Array(total + 1);
  probabilities[0] = 1;
  for (const rank of doubled) {
    const next = new Float64Array(total + 1);
    for (let sum = 0; sum <= total; sum++) {
      next[sum] = 0.5 * ((probabilities[sum] as number) + (sum >= rank ? (probabilities[sum - rank] as number) : 0));
    }
    probabilities = next;
  }
  const observed = Math.round(2 * positiveRanks);
  const tail = Math.min(observed, total - observed);
  return Math.min(1, 2 * probabilities.subarray(0, tail + 1).reduce((sum, p) => sum + p, 0));
}

function approximate(ranks: readonly number[], positiveRanks: number): number {
  const n = ranks.length;
  const expected = (n * (n + 1)) / 4;
  // With ties the variance is a quarter of the sum of squared ranks.
  const variance = ranks.reduce((sum, rank) => sum + rank * rank, 0) / 4;
  const distance = Math.max(0, Math.abs(positiveRanks - expected) - 0.5);
  return 2 * (1 - normalCdf(distance / Math.sqrt(variance)));
}
