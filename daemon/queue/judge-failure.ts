/**
 * What to do with a job that did not end well.
 * @module
 */
import type { VoxwatchError } from '../../core/errors.ts';

export type Judgement =
  /** The files changed under the job: the next look makes a new one. */
  | 'input-changed'
  /** The input may not be segmented: its report goes to the refused ones. */
  | 'refuse'
  /** Something is missing on this machine: the input waits until it is mended. */
  | 'wait-for-machine'
  /** The work failed: once more. */
  | 'try-again'
  /** It failed too often: its report goes to the refused ones, so that the others can go on. */
  | 'set-aside';

/** A job that failed, or killed its worker, this many times is set aside. */
export const MAX_FAILURES = 2;

/** @param failures - How often the job has failed, this time included. */
export function judgeFailure({ code, kind }: VoxwatchError, failures: number): Judgement {
  if (code === 'INPUT_CHANGED') return 'input-changed';
  if (kind === 'refused') return 'refuse';
  if (kind === 'missing') return 'wait-for-machine';
  return failures >= MAX_FAILURES ? 'set-aside' : 'try-again';
}
