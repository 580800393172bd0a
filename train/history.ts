/**
 * `history.csv`: a row every few steps of a stage.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises';
import type { HistoryRow } from './fit-stage.ts';
import type { StageRecipe } from './recipe.ts';

/** Its name in the folder of a stage. */
export const HISTORY_FILE = 'history.csv';

/** Writes the head and, of a run that goes on, keeps the rows up to the step it goes on from. */
export async function beginHistory(file: string, stage: StageRecipe, step = 0): Promise<void> {
  const foreground = stage.outputLabels.slice(1).map((_, index) => `validation_dice_${index + 1}`);
  const head = `step,loss,learning_rate,seconds_per_step,${foreground.join(',')}`;
  const earlier = step === 0 ? [] : (await readFile(file, 'utf8')).split('\n').slice(1);
  const kept = earlier.filter((row) => row !== '' && Number.parseInt(row, 10) <= step);
  await writeFile(file, [head, ...kept, ''].join('\n'));
}

/** One line. */
export function historyLine({ step, loss, learningRate, secondsPerStep, validationDice = [] }: HistoryRow): string {
  const cells = [
    step,
    loss.toFixed(5),
    learningRate.toExponential(3),
    secondsPerStep.toFixed(3),
    ...validationDice.map((dice) => dice.toFixed(4)),
  ];
  return `${cells.join(',')}\n`;
}
