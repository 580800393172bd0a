/**
 * The progress of a job → a line in the log now and then.
 * @module
 */
import type { Logger } from '../../core/logger.ts';
import type { JobProgress } from '../job/job.ts';

/** Progress is logged this often at most. */
const PROGRESS_INTERVAL_MS = 5_000;

export function progressLog(logger: Logger, jobId: string): (progress: JobProgress) => void {
  let lastMs = performance.now();
  return ({ step, done, total }) => {
    const nowMs = performance.now();
    if (nowMs - lastMs < PROGRESS_INTERVAL_MS) return;
    lastMs = nowMs;
    logger.info('job.progress', { jobId, stage: step, done, total });
  };
}
