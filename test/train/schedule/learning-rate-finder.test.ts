import { describe, expect, it } from 'vitest';
import { findLearningRate, steepestRate, sweepRates } from '../../../train/schedule/learning-rate-finder.ts';

/** Gradient descent on a parabola of curvature 1: it converges below a rate of 2 and leaves for good above. */
function parabola(): (rate: number) => number {
  let x = 10;
  return (rate) => {
    const loss = (x * x) / 2 + 1;
    x -= rate * x;
    return loss;
  };
}

describe('the sweep of a learning-rate search', () => {
  it('grows by one factor, from the first rate to the last', () => {
    const rates = sweepRates({ first: 1e-4, last: 1, steps: 5 });
    [1e-4, 1e-3, 1e-2, 1e-1, 1].forEach((rate, n) => {
      expect(rates[n]).toBeCloseTo(rate, 12);
    });
  });

  it.each([
    { first: 0, last: 1, steps: 10 },
    { first: 1, last: 1, steps: 10 },
    { first: 1e-3, last: Number.POSITIVE_INFINITY, steps: 10 },
    { first: 1e-3, last: 1, steps: 1 },
    { first: 1e-3, last: 1, steps: 2.5 },
  ])('that does not grow is refused: %j', (sweep) => {
    expect(() => sweepRates(sweep)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

describe('a learning-rate search', () => {
  it('on a parabola suggests a rate that trains, below the one that diverges', async () => {
    const { points, suggestion, ended } = await findLearningRate({ first: 1e-4, last: 100, steps: 120 }, parabola());
    expect(ended).toBe('diverged');
    expect(points.length).toBeLessThan(120);
    expect(suggestion).toBeGreaterThan(1e-2);
    expect(suggestion).toBeLessThan(2);
    expect(points.at(-1)?.rate).toBeGreaterThan(2);
  });

  it('takes one step at each rate, waits for it, and smooths without leaning to 0', async () => {
    const asked: number[] = [];
    const { points } = await findLearningRate({ first: 1e-3, last: 1e-1, steps: 3 }, async (rate) => {
      asked.push(rate);
      return asked.length;
    });
    expect(points.map(({ rate }) => rate)).toEqual(asked);
    expect(points.map(({ loss }) => loss)).toEqual([1, 2, 3]);
    expect(points[0]?.smoothed).toBeCloseTo(1, 12);
    expect(points[2]?.smoothed).toBeCloseTo((0.81 * 1 + 0.9 * 2 + 3) / (0.81 + 0.9 + 1), 12);
  });

  it('ends where the loss is no longer a number, and keeps what it had', async () => {
    const losses = [5, 4, Number.NaN, 3];
    const { points, ended } = await findLearningRate({ first: 1e-3, last: 1, steps: 4 }, () => losses.shift() as number);
    expect(points.length).toBe(2);
    expect(ended).toBe('diverged');
    expect(losses).toEqual([3]);
  });

  it('suggests the middle of the steepest fall, and nothing where the loss only rises', () => {
    const curve = (smoothed: readonly number[]): { rate: number; smoothed: number }[] =>
      smoothed.map((value, n) => ({ rate: 10 ** (n - 9), smoothed: value }));
    expect(steepestRate(curve([9, 9, 9, 9, 9, 9, 8.9, 8, 5, 4.5, 4.4, 7]))).toBeCloseTo(1e-2, 12);
    expect(steepestRate(curve([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))).toBeUndefined();
    expect(steepestRate([])).toBeUndefined();
    // A fall among the first steps is noise of the running mean.
    expect(steepestRate(curve([9, 1, 1, 1, 1, 1, 1, 1]))).toBeUndefined();
  });
});
