/**
 * What a job took: for metrics, kept in no result.
 * @module
 */

export interface JobMeasurements {
  readonly secondsByStep: Readonly<Record<JobStep, number>>;
  /** The provider that really ran. */
  readonly provider: string;
  /** The most memory the worker process has held since it started, MB. */
  readonly peakMemoryMb: number;
}

export const JOB_STEPS = ['read', 'segment', 'write'] as const;
export type JobStep = (typeof JOB_STEPS)[number];
