/**
 * Values of cases → a confidence interval of their mean: the bias-corrected and accelerated bootstrap (BCa) over cases.
 * Source: B. Efron, "Better bootstrap confidence intervals", JASA 82 (1987), sections 3 and 6.
 * @module
 */
import { normalCdf, normalQuantile } from './normal.ts';
import { mean, quantile } from './summarize.ts';

/** Resamples an interval: more moves its ends by less than a case's weight. */
export const BOOTSTRAP_RESAMPLES = 10_000;

/** Probability that intervals made this way hold the true mean. */
export const CONFIDENCE = 0.95;

/** Below this many cases there is nothing to resample: no interval is given. */
export const MIN_BOOTSTRAP_CASES = 3;

export interface ConfidenceInterval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * The interval of the mean.
 * @param values - One a case.
 * @param uniform - Draws from [0, 1); seed it, and the interval is the same every time.
 * @returns nothing below {@link MIN_BOOTSTRAP_CASES} values; both ends equal where all values are.
 */
export function bootstrapMean(values: readonly number[], uniform: () => number): ConfidenceInterval | undefined {
  const n = values.length;
  if (n < MIN_BOOTSTRAP_CASES) return undefined;
  const observed = mean(values);
  if (values.every((value) => value === values[0])) return { lower: observed, upper: observed };
  const means = resampledMeans(values, uniform);
  // Ties count half: with few cases many resamples hit the observed mean exactly.
  const below = means.reduce((sum, value) => sum + (value < observed ? 1 : value === observed ? 0.5 : 0), 0);
  const bias = normalQuantile(below / means.length);
  const acceleration = jackknifeAcceleration(values);
  const end = (share: number): number => {
    const z = bias + normalQuantile(share);
    return quantile(means, normalCdf(bias + z / (1 - acceleration * z)));
  };
  const tail = (1 - CONFIDENCE) / 2;
  return { lower: end(tail), upper: end(1 - tail) };
}

/** Ascending. */
function resampledMeans(values: readonly number[], uniform: () => number): number[] {
  const means = new Float64Array(BOOTSTRAP_RESAMPLES);
  for (let resample = 0; resample < BOOTSTRAP_RESAMPLES; resample++) {
    let sum = 0;
    for (let drawn = 0; drawn < values.length; drawn++) sum += values[Math.floor(uniform() * values.length)] as number;
    means[resample] = sum / values.length;
  }
  return [...means.sort()];
}

/** A sixth of the skewness of the means that leave one case out. */
function jackknifeAcceleration(values: readonly number[]): number {
  const total = values.reduce((sum, value) => sum + value, 0);
  const without = values.map((value) => (total - value) / (values.length - 1));
  const centre = mean(without);
  const squares = without.reduce((sum, value) => sum + (centre - value) ** 2, 0);
  const cubes = without.reduce((sum, value) => sum + (centre - value) ** 3, 0);
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}
