import { describe, expect, it } from 'vitest';
import { countOverlap, diceScore, emptyCounts } from '../../train/metrics.ts';

describe('Dice', () => {
  it('is twice the intersection over both sizes', () => {
    const counts = emptyCounts();
    countOverlap(counts, [1, 1, 1, 0, 0], [0, 1, 1, 1, 1], [1]);
    expect(counts).toEqual({ intersection: 2, predicted: 3, truth: 4 });
    expect(diceScore(counts)).toBeCloseTo(4 / 7, 12);
  });

  it('takes several labels as one: kidney with tumour', () => {
    const counts = emptyCounts();
    countOverlap(counts, [1, 2, 0], [2, 1, 3], [1, 2]);
    expect(diceScore(counts)).toBe(1);
  });

  it('pools what was counted before', () => {
    const counts = emptyCounts();
    countOverlap(counts, [1, 1], [1, 1], [1]);
    countOverlap(counts, [0, 0], [1, 1], [1]);
    expect(diceScore(counts)).toBeCloseTo(2 / 3, 12);
  });

  it('is 1 where nothing was there and nothing was found, 0 where only one side has something', () => {
    expect(diceScore(emptyCounts())).toBe(1);
    expect(diceScore({ intersection: 0, predicted: 5, truth: 0 })).toBe(0);
    expect(diceScore({ intersection: 0, predicted: 0, truth: 5 })).toBe(0);
  });
});
