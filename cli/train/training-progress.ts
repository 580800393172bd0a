/**
 * Progress of training → stderr: a bar a stage on a terminal, a line every few seconds otherwise.
 * @module
 */
import { secondsLeft, timeText } from '../../train/report/training-time.ts';
import type { ProgressStream } from '../progress.ts';

/** What is known after a row of the history. */
export interface TrainingState {
  readonly stage: string;
  readonly step: number;
  readonly total: number;
  readonly loss: number;
  readonly secondsPerStep: number;
  /** By the median of the rows so far. */
  readonly secondsLeft: number;
  /** The latest validation: metric and value. */
  readonly validation: readonly { readonly title: string; readonly value: number }[];
}

/** A row of the history, as training reports it. */
export type TrainingRow = Omit<TrainingState, 'secondsLeft' | 'validation'> & Partial<Pick<TrainingState, 'validation'>>;

export interface TrainingView {
  row(row: TrainingRow): void;
  /** How many cases are read. A data set of slices has thousands: one line on a terminal, a line every few seconds elsewhere. */
  reading(done: number, total: number): void;
  /** A line that stays, above the bar: a case that was left out, a new stage. */
  say(line: string): void;
  /** Leaves the bar of the last stage on the terminal and goes to the next line. */
  end(): void;
}

/** Where the width of a terminal is unknown. */
const COLUMNS = 80;
const BAR = { most: 24, least: 6 } as const;

/** Without a terminal, lines are no nearer than this; a validation and the last step are always written. */
const LINE_EVERY_MS = 5000;

/** @param now - Milliseconds that rise. */
export function showTraining(
  stream: ProgressStream & { readonly columns?: number },
  now: () => number = () => performance.now(),
): TrainingView {
  let rows: { stage: string; seconds: number[]; validation: TrainingState['validation'] } | undefined;
  let isOpen = false;
  let written = Number.NEGATIVE_INFINITY;
  const end = (): void => {
    if (isOpen) stream.write('\n');
    isOpen = false;
  };
  return {
    end,
    say(line) {
      if (isOpen) stream.write('\r\u001b[K');
      isOpen = false;
      stream.write(`${line}\n`);
    },
    reading(done, total) {
      const line = `reading cases ${done}/${total}`;
      if (stream.isTTY) {
        stream.write(`\r\u001b[K${line}`);
        isOpen = true;
      } else if (done === total || now() - written >= LINE_EVERY_MS) {
        stream.write(`${line}\n`);
        written = now();
      }
    },
    row(row) {
      if (rows?.stage !== row.stage) {
        end();
        rows = { stage: row.stage, seconds: [], validation: [] };
      }
      rows.seconds.push(row.secondsPerStep);
      if (row.validation) rows.validation = row.validation;
      const state = { ...row, validation: rows.validation, secondsLeft: secondsLeft(rows.seconds, row.total - row.step) };
      if (stream.isTTY) {
        stream.write(`\r\u001b[K${barLine(state, stream.columns ?? COLUMNS)}`);
        isOpen = true;
      } else if (row.validation || row.step === row.total || now() - written >= LINE_EVERY_MS) {
        stream.write(`${plainLine({ ...state, validation: row.validation ?? [] })}\n`);
        written = now();
      }
    },
  };
}

/**
 * One line for a terminal, never wider than it: parts that are less needed go first.
 * @param columns - Of the terminal, above 0.
 */
export function barLine(state: TrainingState, columns: number): string {
  const { stage, step, total } = state;
  const share = total > 0 ? Math.min(1, step / total) : 1;
  const head = `${stage} `;
  const count = ` ${step}/${total}`;
  const left = step < total ? `${timeText(state.secondsLeft)} left` : 'done';
  const loss = `loss ${state.loss.toFixed(4)}`;
  const speed = `${state.secondsPerStep.toFixed(2)} s/step`;
  // The last column stays free: some terminals wrap when it is filled.
  const room = columns - 1;
  const tails = [[loss, speed, left, validationText(state)], [loss, left, validationText(state)], [loss, left], [left], []].map(
    (parts) =>
      parts
        .filter((part) => part !== '')
        .map((part) => `  ${part}`)
        .join(''),
  );
  for (const tail of tails) {
    const free = room - [...head, ...count, ...tail].length;
    if (free < BAR.least) continue;
    const width = Math.min(BAR.most, free);
    const filled = Math.floor(width * share);
    return `${head}${'█'.repeat(filled)}${'░'.repeat(width - filled)}${count}${tail}`;
  }
  return [...`${Math.floor(100 * share)} %`].slice(0, room).join('');
}

/** One line for a log. */
export function plainLine(state: TrainingState): string {
  const { stage, step, total, loss } = state;
  const left = step < total ? `${timeText(state.secondsLeft)} left` : 'done';
  const parts = [stage, `step ${step}/${total}`, `loss ${loss.toFixed(4)}`, `${state.secondsPerStep.toFixed(2)} s/step`, left];
  return [...parts, validationText(state)].filter((part) => part !== '').join('  ');
}

/** One JSON document a line, as other commands report their progress. */
export function jsonLine({ validation, ...state }: TrainingState): string {
  const { stage, step, total, loss, secondsPerStep } = state;
  const left = Math.round(state.secondsLeft);
  const metrics =
    validation.length === 0 ? {} : { validation: Object.fromEntries(validation.map(({ title, value }) => [title, value])) };
  return JSON.stringify({ event: 'train.progress', stage, step, of: total, loss, secondsPerStep, secondsLeft: left, ...metrics });
}

function validationText({ validation }: TrainingState): string {
  return validation.map(({ title, value }) => `${title} ${value.toFixed(3)}`).join('  ');
}
