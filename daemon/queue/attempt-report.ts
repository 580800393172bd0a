/**
 * What the work loop says of a job when it has ended.
 * @module
 */
import type { VoxwatchError } from '../../core/errors.ts';
import type { JobMeasurements } from '../job/measurements.ts';

/** What an attempt came to. `again`: the input is to be looked at anew. */
export type AttemptEnd = 'published' | 'refused' | 'set-aside' | 'failed' | 'again' | 'already-done';

/** How an attempt ended, and what is known about it. */
export interface AttemptReport {
  readonly end: AttemptEnd;
  /** Absent where there was no attempt. */
  readonly jobId?: string;
  /** Of the result, if there is one: `jobIdentity` of its report. */
  readonly identity?: string;
  /** Why there is no result, if so. */
  readonly errorCode?: string;
  readonly error?: VoxwatchError;
  readonly measurements?: JobMeasurements;
}
