/**
 * The words between the daemon (or `segment`) and the worker process that does a job.
 * @module
 */
import type { Finding } from '../../core/finding.ts';
import type { PrecisionChoice } from '../../core/model-variants.ts';
import type { DiscoveredSeries } from '../intake/discovered-series.ts';
import type { JobMeasurements, JobStep } from './measurements.ts';

/** Which provider to ask for; `auto` falls back, the others fail closed. */
export type ProviderChoice = 'auto' | 'cuda' | 'webgpu' | 'cpu';

/** Which slices become overlay pictures. */
export type OverlayChoice = 'labelled' | 'all' | 'none';

/** How a series was found complete; goes into the report. */
export interface CompletenessEvidence {
  readonly state: 'complete' | 'complete-with-warnings' | 'incomplete-timed-out';
  /** Sentences, e.g. `every file parses to the end of its pixel data`. */
  readonly reasons: readonly string[];
}

/** That a series has had a result before, from other files, and how they differ. Counts of files. */
export interface Revision {
  /** 2 for the second result of a series. */
  readonly number: number;
  /** `jobIdentity` of the result before. */
  readonly replaces: string;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

/** One series to segment. Plain data: it crosses a process border. */
export interface JobRequest {
  /** Random; the only name of the job in logs. */
  readonly jobId: string;
  readonly series: DiscoveredSeries;
  /** Folders of bundles; several write `<name>/<bundle>/`. */
  readonly bundleDirs: readonly string[];
  readonly outDir: string;
  readonly provider: ProviderChoice;
  /** @defaultValue `auto`: what each bundle says for the provider. */
  readonly precision?: PrecisionChoice;
  readonly overlays: OverlayChoice;
  readonly evidence: CompletenessEvidence;
  /** Absent for the first result of a series. */
  readonly revision?: Revision;
  /** What will probably be asked for next: it is read while this is segmented. Nothing else is done with it. */
  readonly next?: DiscoveredSeries;
  /** By `monotonicMs`: the process ends at once then, unless it is told of a later moment; absent: it may take as long as it takes. */
  readonly untilMs?: number;
}

/** How a job ended. `published` and `already-published` name the result folder below the output folder. */
export type JobOutcome =
  | {
      readonly status: 'published' | 'already-published';
      readonly folder: string;
      readonly identity: string;
      readonly findings: readonly Finding[];
      /** Absent where nothing was computed. */
      readonly measurements?: JobMeasurements;
    }
  | { readonly status: 'refused'; readonly folder: string; readonly code: string; readonly message: string };

/** What a job is doing. */
export interface JobProgress {
  readonly step: JobStep;
  readonly done: number;
  readonly total: number;
}

/** What is told while a job is done. */
export interface JobWatch {
  readonly onProgress?: (progress: JobProgress) => void;
  /**
   * The networks are done with it and its result is being written: the next job may be asked for, and begins meanwhile. Not
   * told of every job.
   */
  readonly onSegmented?: () => void;
}

/** Does jobs in a process of its own: one after another, but that the result of one is written while the next is segmented. */
export interface JobRunner {
  /**
   * @throws {VoxwatchError} `WORKER_DIED` if the process died; `CANCELLED` if it ended because its time was up; other codes
   *   as the work threw them.
   */
  run(request: JobRequest, watch?: JobWatch): Promise<JobOutcome>;
  /** Moves the moment at which the running job must have ended, {@link JobRequest.untilMs}. */
  extend(untilMs: number): void;
  /**
   * Loads a bundle anew, with all its checks, once the running jobs have ended.
   * @throws {VoxwatchError} whatever is wrong with it on this machine.
   */
  prove(bundleDir: string, provider: ProviderChoice, precision?: PrecisionChoice): Promise<void>;
  close(): Promise<void>;
}
