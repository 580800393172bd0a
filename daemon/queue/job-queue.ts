/**
 * The queue between intake and the worker, as the daemon sees it.
 *
 * It is disposable: what has to be done is known from the watched folder, what is done from the ledger and the results.
 * @module
 */
import type { ReadySeries } from '../intake/intake.ts';

/**
 * One job as it is kept in the queue; plain data. Waiting jobs with equal fingerprints are one. Bundles and folders are
 * not in it: who takes the job adds its own.
 */
export interface QueuedJob extends ReadySeries {
  /** Random; the only name of the job in logs. */
  readonly jobId: string;
}

/** A job that somebody works on. */
export interface TakenJob extends QueuedJob {
  /** Of this place in the queue. */
  readonly ticket: string;
}

export interface JobQueue {
  /**
   * Adds a job unless an equal one waits already.
   * @param priority - Higher comes first; equal ones in the order they came.
   */
  add(job: QueuedJob, priority: number): Promise<void>;
  /** The next job, which is then out of others' reach; nothing if none waits. */
  take(): Promise<TakenJob | undefined>;
  /** Removes a taken job, however it ended: what ended it is in the ledger. */
  finish(job: TakenJob): Promise<void>;
  close(): Promise<void>;
}
