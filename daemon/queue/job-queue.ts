/**
 * The queue between intake and the worker, as the daemon sees it.
 *
 * It is disposable: what has to be done is known from the watched folder, what is done from the ledger and the results. A
 * row of it names a job and nothing else: no path, no file name (they identify patients, and a database is shared, backed
 * up and read by many). Who takes a job looks it up among what it, or another daemon, has seen in the folder.
 * @module
 */
import type { VoxwatchError } from '../../core/errors.ts';
import type { JobClass } from './job-class.ts';

/** One job as it is kept in the queue. Waiting jobs with equal fingerprints are one. */
export interface QueuedJob {
  /** Random; the only name of the job in logs. */
  readonly jobId: string;
  /** Of the input and what is to be done with it. */
  readonly fingerprint: string;
  readonly jobClass: JobClass;
  /** How often it was taken by a daemon that did not know its input. */
  readonly handBacks: number;
}

/** A job that somebody works on, and nobody else may. */
export interface TakenJob extends QueuedJob {
  /** Of this place in the queue. */
  readonly ticket: string;
  /** Of the lease. */
  readonly holder: string;
  /** Until when it is ours without another word, by `monotonicMs`. */
  readonly untilMs: number;
}

export interface JobQueue {
  /**
   * Adds a job unless an equal one waits already, or is being worked on.
   * @param priority - Higher comes first; equal ones in the order they came.
   */
  add(job: QueuedJob, priority: number): Promise<void>;
  /**
   * The next job, which is then ours alone; nothing if none waits.
   * @param classes - Those taken; the jobs of an earlier one come first.
   */
  take(classes: readonly JobClass[]): Promise<TakenJob | undefined>;
  /** @returns Until when a taken job is ours now, by `monotonicMs`; nothing if another has it. */
  renew(job: TakenJob): Promise<number | undefined>;
  /** Puts a taken job back, to be taken again a little later. */
  handBack(job: TakenJob): Promise<void>;
  /** Removes a taken job, however it ended: what ended it is in the ledger. */
  finish(job: TakenJob): Promise<void>;
  close(): Promise<void>;
}

/** What a queue tells of itself while it is open. */
export interface QueueWatch {
  /** Nothing can be added or taken for now; it is being opened anew. */
  readonly onLost: () => void;
  /** It answers again. What waited in it may be gone: it is to be added again. */
  readonly onReopened: () => void;
  /** It could not be opened again, time after time, and is tried no more. */
  readonly onGivenUp: (error: VoxwatchError) => void;
}

/** For who has no use for it. */
export const NOBODY_WATCHES: QueueWatch = { onLost: () => {}, onReopened: () => {}, onGivenUp: () => {} };
