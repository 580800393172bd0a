/**
 * How far a stage is and how long it takes, from the rows of its history.
 * @module
 */
import type { HistoryRecord } from '../run/history.ts';
import { median } from './smooth.ts';

/** Rows whose median tells how long a step takes now. */
const RECENT_ROWS = 15;

/** Steps done and in all. */
export function stepsOf(history: {
  readonly rows: readonly Pick<HistoryRecord, 'step'>[];
  readonly phases: readonly { readonly steps: number }[];
}): { readonly done: number; readonly total: number } {
  return { done: history.rows.at(-1)?.step ?? 0, total: history.phases.reduce((sum, { steps }) => sum + steps, 0) };
}

/** Seconds spent in steps: validation, reading and pauses are not in the rows. */
export function trainingTime(rows: readonly Pick<HistoryRecord, 'step' | 'secondsPerStep'>[]): number {
  return rows.reduce((sum, { step, secondsPerStep }, n) => sum + (step - (rows[n - 1]?.step ?? 0)) * secondsPerStep, 0);
}

/**
 * Seconds left, by the median of the latest rows: one slow row does not change it.
 * @param secondsPerStep - Of the rows so far, the latest last; at least one.
 */
export function secondsLeft(secondsPerStep: readonly number[], stepsLeft: number): number {
  return median(secondsPerStep.slice(-RECENT_ROWS)) * stepsLeft;
}

/** `42 s`, `3 min 20 s`, `5 h 7 min`, `2 d 3 h`: never more than two units. */
export function timeText(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 600) return `${Math.floor(s / 60)} min${s % 60 === 0 ? '' : ` ${s % 60} s`}`;
  const minutes = Math.round(s / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
