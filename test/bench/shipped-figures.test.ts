import { describe, expect, it } from 'vitest';
import { figuresOf } from '../../bench/shipped/figures.ts';
import type { ScoresDocument } from '../../evaluate/score-document.ts';

const REGIONS = [
  { name: 'liver with tumour', labels: [1, 2], surfaceToleranceMm: 1, countsLesions: false },
  { name: 'liver', labels: [1], surfaceToleranceMm: 1, countsLesions: false },
  { name: 'tumour', labels: [2], surfaceToleranceMm: 1, countsLesions: true },
];

/** A case by the Dice of organ and tumour, and what is there and marked of the tumour, ml. */
const scored = (organ: number, tumour: number | null, truthMl: number, predictedMl: number) => ({
  regions: [
    { region: 'liver with tumour', truthMl: 1500, predictedMl: 1500, values: { dice: organ } },
    { region: 'liver', truthMl: 1400, predictedMl: 1400, values: { dice: 0.1 } },
    { region: 'tumour', truthMl, predictedMl, values: { dice: tumour } },
  ],
});

const figures = (...cases: object[]) => figuresOf({ regions: REGIONS, cases } as unknown as ScoresDocument, 'cases of a test');

describe('figures for a card', () => {
  it('are Dice over the cases that have a region, and the most that is marked where none is', () => {
    const found = figures(scored(0.9, 0.5, 10, 9), scored(0.95, null, 12, 0), scored(0.94, 0, 0, 3.5), scored(0.99, null, 0, 0));
    expect(found.map(({ metric, of, value, cases }) => [metric, of, value, cases])).toEqual([
      ['dice, mean of cases', 'liver with tumour', 0.945, 4],
      ['dice, lowest case', 'liver with tumour', 0.9, 4],
      ['dice, mean of cases', 'tumour', 0.25, 2],
      ['dice, lowest case', 'tumour', 0, 2],
      ['marked where none is, largest, ml', 'tumour', 3.5, 2],
    ]);
    expect(new Set(found.map(({ on }) => on))).toEqual(new Set(['cases of a test']));
  });

  it('are none of what no case can say', () => {
    expect(figures(scored(0.9, 0.5, 10, 9)).filter(({ metric }) => metric.startsWith('marked'))).toEqual([]);
    expect(figures(scored(0.9, null, 0, 0)).filter(({ of }) => of === 'tumour')).toHaveLength(1);
  });
});
