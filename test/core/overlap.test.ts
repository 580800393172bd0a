import { describe, expect, it } from 'vitest';
import {
  addConfusion,
  countConfusion,
  countOverlap,
  diceScore,
  emptyConfusion,
  emptyCounts,
  overlapOfClass,
  overlapRatios,
} from '../../core/overlap.ts';

const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT' });

describe('counting a mask', () => {
  it('tells what both have, what is too much and what is missing', () => {
    const counts = emptyCounts();
    countOverlap(counts, [1, 1, 1, 0, 0], [0, 1, 1, 1, 1], [1]);
    expect(counts).toEqual({ truePositive: 2, falsePositive: 1, falseNegative: 2 });
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

  it('refuses maps of different lengths and labels beyond a byte, and leaves the counts as they were', () => {
    const counts = { truePositive: 1, falsePositive: 2, falseNegative: 3 };
    for (const [predicted, truth] of [
      [[1], [1, 1]],
      [[1, 1], [1]],
      [
        [1, 256],
        [1, 1],
      ],
      [
        [1, 1],
        [-1, 1],
      ],
    ] as const) {
      expect(() => countOverlap(counts, predicted, truth, [1])).toThrow(refused);
    }
    expect(counts).toEqual({ truePositive: 1, falsePositive: 2, falseNegative: 3 });
  });
});

describe('counting classes', () => {
  it('has a row for each true class, a column for each predicted one', () => {
    const confusion = emptyConfusion(3);
    countConfusion(confusion, [0, 1, 2, 2, 0, 1], [0, 1, 1, 2, 2, 1]);
    expect([...confusion.pixels]).toEqual([1, 0, 0, 0, 2, 1, 1, 0, 1]);
  });

  it('gives each class the counts that it has as a mask', () => {
    const [predicted, truth] = [Int32Array.of(0, 1, 2, 2, 0, 1, 2), Uint8Array.of(0, 1, 1, 2, 2, 1, 0)];
    const confusion = emptyConfusion(3);
    countConfusion(confusion, predicted, truth);
    for (const label of [0, 1, 2]) {
      const counts = emptyCounts();
      countOverlap(counts, predicted, truth, [label]);
      expect(overlapOfClass(confusion, label)).toEqual(counts);
    }
  });

  it('adds up', () => {
    const [whole, first, second] = [emptyConfusion(2), emptyConfusion(2), emptyConfusion(2)];
    countConfusion(whole, [0, 1, 1], [1, 1, 0]);
    countConfusion(first, [0], [1]);
    countConfusion(second, [1, 1], [1, 0]);
    addConfusion(first, second);
    expect(first).toEqual(whole);
  });

  it('refuses a class that it has no row for', () => {
    expect(() => countConfusion(emptyConfusion(2), [0, 2], [0, 1])).toThrow(refused);
    expect(() => countConfusion(emptyConfusion(2), [0, 1], [0, 2])).toThrow(refused);
  });
});

describe('the ratios', () => {
  it('are those of their formulas', () => {
    const ratios = overlapRatios({ truePositive: 6, falsePositive: 2, falseNegative: 4 });
    expect(ratios).toEqual({ dice: 12 / 18, iou: 6 / 12, precision: 6 / 8, recall: 6 / 10 });
  });

  it('are 1 where nothing was there and nothing was found, 0 where only one side has something', () => {
    expect(overlapRatios(emptyCounts())).toEqual({ dice: 1, iou: 1, precision: 1, recall: 1 });
    const none = { dice: 0, iou: 0, precision: 0, recall: 0 };
    expect(overlapRatios({ truePositive: 0, falsePositive: 5, falseNegative: 0 })).toEqual(none);
    expect(overlapRatios({ truePositive: 0, falsePositive: 0, falseNegative: 5 })).toEqual(none);
  });
});
