import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { bootstrapMean } from '../../../evaluate/statistics/bootstrap.ts';
import { normalCdf, normalQuantile } from '../../../evaluate/statistics/normal.ts';
import { signedRankTest } from '../../../evaluate/statistics/signed-rank.ts';

// Figures of scipy 1.17.1.

describe('the normal distribution', () => {
  it.each([
    [-6, 9.865876450376946e-10],
    [-2.5, 0.006209665325776132],
    [-0.3, 0.3820885778110474],
    [0, 0.5],
    [1, 0.8413447460685429],
    [1.96, 0.9750021048517795],
    [5, 0.9999997133484281],
  ])('has the probability of scipy below %d', (z, p) => {
    expect(Math.abs(normalCdf(z) / p - 1)).toBeLessThan(1e-9);
  });

  it.each([
    [1e-9, -5.9978070150076865],
    [0.001, -3.090232306167813],
    [0.025, -1.9599639845400545],
    [0.3, -0.5244005127080409],
    [0.9, 1.2815515655446004],
    [0.999, 3.090232306167813],
  ])('has the quantile of scipy at %d', (p, z) => {
    expect(Math.abs(normalQuantile(p) / z - 1)).toBeLessThan(2e-9);
  });
});

describe('the signed-rank test', () => {
  it('gives the exact probability of scipy', () => {
    const { pValue, method, pairs, positiveRanks } = signedRankTest([0.12, -0.03, 0.4, 0.21, -0.5, 0.33, 0.08, 0.02, 0.17, -0.07]);
    expect({ method, pairs, positiveRanks }).toEqual({ method: 'exact', pairs: 10, positiveRanks: 40 });
    expect(pValue).toBeCloseTo(0.232421875, 12);
  });

  it('leaves out pairs without a difference, and finds nothing where there are no others', () => {
    expect(signedRankTest([0, 0, 1, -2, 3])).toEqual(signedRankTest([1, -2, 3]));
    expect(signedRankTest([0, 0]).pValue).toBe(1);
  });
});

describe('the bootstrap interval of a mean', () => {
  const uniform = (): (() => number) => {
    const random = createRandom(3, 'bootstrap');
    return () => random.uniform(0, 1);
  };
  const SKEWED = [0.91, 0.95, 0.88, 0.97, 0.4, 0.93, 0.9, 0.85, 0.99, 0.7, 0.92, 0.96];

  it('is that of scipy (BCa) but for the chance of resampling, and the same for the same seed', () => {
    const interval = bootstrapMean(SKEWED, uniform());
    expect(interval?.lower).toBeCloseTo(0.7125, 1);
    expect(Math.abs((interval?.lower as number) - 0.7125)).toBeLessThan(0.015);
    expect(Math.abs((interval?.upper as number) - 0.92333)).toBeLessThan(0.005);
    expect(bootstrapMean(SKEWED, uniform())).toEqual(interval);
  });

  it('is not given for two cases', () => {
    expect(bootstrapMean([0.5, 0.9], uniform())).toBeUndefined();
  });
});
