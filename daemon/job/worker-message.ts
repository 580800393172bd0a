/**
 * What the runner and its worker process say to each other. Plain data, sent as JSON.
 * @module
 */
import type { ErrorCode, ErrorDetails } from '../../core/errors.ts';
import type { JobOutcome, JobProgress, JobRequest } from './job.ts';

export type ToWorker = { readonly kind: 'run'; readonly request: JobRequest };

export type FromWorker =
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'progress'; readonly progress: JobProgress }
  | { readonly kind: 'done'; readonly outcome: JobOutcome }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string; readonly details: ErrorDetails };

/** A worker that works says so at least this often. */
export const HEARTBEAT_MS = 5_000;
