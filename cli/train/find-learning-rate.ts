/**
 * `train --find-learning-rate`: sweeps the learning rate over a short run of each stage → `learning-rate.json` in the run's
 * folder, and a table for a terminal.
 * @module
 */
import { join } from 'node:path';
import type { TrainOptions } from '../../train/run/train-options.ts';
import { searchLearningRates } from '../../train/run/train-recipe.ts';
import { type RateSearch, USUAL_SWEEP } from '../../train/schedule/learning-rate-finder.ts';
import { writeWhole } from '../../train/write-whole.ts';

export const LEARNING_RATE_FILE = 'learning-rate.json';

/** Rows of the table: one a so-many-th step. */
const TABLE_ROWS = 12;

/**
 * @returns the table.
 * @throws {VoxwatchError} as `searchLearningRates`.
 */
export async function findLearningRates(options: TrainOptions): Promise<string> {
  const found = await searchLearningRates(options, USUAL_SWEEP);
  await writeWhole(join(options.out, LEARNING_RATE_FILE), `${JSON.stringify(Object.fromEntries(found), null, 1)}\n`);
  return [...found].map(([stage, search]) => stageText(stage, search)).join('\n');
}

function stageText(stage: string, { points, suggestion, ended }: RateSearch): string {
  const every = Math.max(1, Math.ceil(points.length / TABLE_ROWS));
  const rows = points
    .filter((_, n) => n % every === every - 1)
    .map(({ rate, smoothed }) => `  ${rate.toExponential(1).padStart(9)}  ${smoothed.toFixed(4)}`);
  const verdict =
    suggestion === undefined
      ? 'the loss never fell: look at the data and the loss first'
      : `the loss falls fastest at ${suggestion.toExponential(1)}; a rate up to that is a good start`;
  const end = ended === 'diverged' ? ' (stopped: the loss ran away)' : '';
  return [`${stage}: ${verdict}${end}`, '       rate  loss, smoothed', ...rows, ''].join('\n');
}
