/**
 * Progress of jobs → stderr: a bar on a terminal, JSON lines otherwise. Jobs are numbered, never named.
 * @module
 */
import type { JobProgress } from '../daemon/job/job.ts';

/** Where progress is shown; `process.stderr` is one. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface ProgressView {
  update(progress: JobProgress): void;
  /** The next job begins while this one ends: what is left of it is no longer shown as a bar. */
  giveWay(): void;
  /** Takes the bar off the terminal. */
  end(): void;
}

const BAR_WIDTH = 24;

/** Without a terminal, a line is written per step and per this many percent. */
const PERCENT_PER_LINE = 10;

const STEP_WORDS: Readonly<Record<JobProgress['step'], string>> = { read: 'reading', segment: 'segmenting', write: 'writing' };

/**
 * Shows the progress of one job.
 * @param job - Number of the job, from 1, and how many there are.
 */
export function showProgress(stream: ProgressStream, job: { readonly number: number; readonly of: number }): ProgressView {
  return stream.isTTY ? barView(stream, job) : lineView(stream, job);
}

function barView(stream: ProgressStream, { number, of }: { readonly number: number; readonly of: number }): ProgressView {
  let hasGivenWay = false;
  return {
    update({ step, done, total }) {
      if (hasGivenWay) return;
      const filled = Math.round(BAR_WIDTH * share(done, total));
      const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
      stream.write(`\r\u001b[K[${number}/${of}] ${STEP_WORDS[step].padEnd(10)} ${bar} ${percent(done, total)} %`);
    },
    giveWay() {
      hasGivenWay = true;
    },
    end() {
      if (!hasGivenWay) stream.write('\r\u001b[K');
    },
  };
}

function lineView(stream: ProgressStream, { number, of }: { readonly number: number; readonly of: number }): ProgressView {
  let said = '';
  return {
    update({ step, done, total }) {
      const percentDone = Math.floor(percent(done, total) / PERCENT_PER_LINE) * PERCENT_PER_LINE;
      const line = JSON.stringify({ event: 'job.progress', job: number, of, step, percent: percentDone });
      if (line !== said) stream.write(`${line}\n`);
      said = line;
    },
    giveWay: () => {},
    end: () => {},
  };
}

function share(done: number, total: number): number {
  return total > 0 ? Math.min(1, done / total) : 1;
}

function percent(done: number, total: number): number {
  return Math.floor(100 * share(done, total));
}
