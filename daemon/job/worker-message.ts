/**
 * What the runner and its worker process say to each other. Plain data, sent as JSON.
 * @module
 */
import type { ErrorCode, ErrorDetails } from '../../core/errors.ts';
import type { PrecisionChoice } from '../../core/model-variants.ts';
import type { ExecutionProvider, RefusedProvider } from '../../runtime/sessions/session.ts';
import type { JobOutcome, JobProgress, JobRequest, ProviderChoice } from './job.ts';

export type ToWorker =
  | { readonly kind: 'run'; readonly request: JobRequest }
  | { readonly kind: 'prove'; readonly bundleDir: string; readonly provider: ProviderChoice; readonly precision?: PrecisionChoice }
  | { readonly kind: 'extend'; readonly untilMs: number };

/** A bundle that was loaded and proved, for the log. */
export interface LoadedBundle {
  readonly name: string;
  readonly version: string;
  readonly provider: ExecutionProvider;
  /** Asked before it, with their reasons, which hold no paths. */
  readonly refused: readonly RefusedProvider[];
  readonly durationMs: number;
}

/** Of two jobs at a time at most: one whose result is written, and one before. */
export type FromWorker =
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'progress'; readonly jobId: string; readonly progress: JobProgress }
  /** The next job may be sent. */
  | { readonly kind: 'segmented'; readonly jobId: string }
  | { readonly kind: 'loaded'; readonly bundle: LoadedBundle }
  /** @property residentMb - Memory that the worker holds after the job. */
  | { readonly kind: 'done'; readonly jobId: string; readonly outcome: JobOutcome; readonly residentMb?: number }
  | { readonly kind: 'proved' }
  /** @property jobId - Absent where it was no job that failed. */
  | {
      readonly kind: 'failed';
      readonly jobId?: string;
      readonly code: ErrorCode;
      readonly message: string;
      readonly details: ErrorDetails;
    };

/** A worker that works says so at least this often. */
export const HEARTBEAT_MS = 5_000;

/** What a worker exits with whose time was up. */
export const LAPSED_EXIT_CODE = 75;
