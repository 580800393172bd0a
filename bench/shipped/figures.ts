/**
 * Scores of an evaluation → figures of a model card.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Figure } from '../../core/model-manifest.ts';
import { parseScores, type RegionScores, type ScoresDocument } from '../../evaluate/score-document.ts';

/**
 * Dice of each region over the cases that have it, mean and lowest; and, of tumours, what is marked where there is none.
 * @param evaluation - Folder that `voxwatch evaluate` wrote.
 * @param on - What the cases are.
 */
export async function readFigures(evaluation: string, on: string): Promise<Figure[]> {
  return figuresOf(parseScores(await readFile(join(evaluation, 'scores.json'), 'utf8')), on);
}

/** @param on - What the cases are. */
export function figuresOf({ regions, cases }: ScoresDocument, on: string): Figure[] {
  return regions.flatMap(({ name, countsLesions, labels }) => {
    // Of the healthy part of an organ alone there is nothing to say that the organ and its tumours do not.
    if (!countsLesions && labels.length === 1) return [];
    const scores = cases.flatMap((scored) => scored.regions.filter(({ region }) => region === name));
    const there = scores.filter(({ truthMl }) => truthMl > 0).map(dice);
    const absent = scores.filter(({ truthMl }) => truthMl === 0).map(({ predictedMl }) => predictedMl);
    return [
      ...(there.length > 0
        ? [
            figure('dice, mean of cases', there.reduce((sum, value) => sum + value, 0) / there.length, there.length),
            figure('dice, lowest case', Math.min(...there), there.length),
          ]
        : []),
      ...(absent.length > 0 ? [figure('marked where none is, largest, ml', Math.max(...absent), absent.length)] : []),
    ];

    function figure(metric: string, value: number, count: number): Figure {
      return { metric, of: name, on, value: Number(value.toFixed(3)), cases: count };
    }
  });
}

/** Nothing found of what is there scores 0. */
function dice({ values }: RegionScores): number {
  return values.dice ?? 0;
}
