/**
 * The worker process: does the jobs it is sent, one after another, and keeps the bundles loaded between them.
 *
 * `session.run` blocks its thread and native code can take the process down with it; here it takes only this one.
 * @module
 */
import { asVoxwatchError } from '../../core/errors.ts';
import { readVolume } from '../intake/read-volume.ts';
import { BundleShelf } from './bundle-shelf.ts';
import type { JobProgress, JobRequest } from './job.ts';
import { runJob } from './run-job.ts';
import { type FromWorker, HEARTBEAT_MS, type ToWorker } from './worker-message.ts';

/** Progress is sent no more often. */
const PROGRESS_MS = 100;

const shelf = new BundleShelf();

function tell(message: FromWorker): void {
  process.send?.(message);
}

async function work(request: JobRequest): Promise<void> {
  let saidMs = Number.NEGATIVE_INFINITY;
  const onProgress = (progress: JobProgress): void => {
    if (performance.now() - saidMs < PROGRESS_MS && progress.done < progress.total) return;
    saidMs = performance.now();
    tell({ kind: 'progress', progress });
  };
  try {
    const takeBundle = shelf.take.bind(shelf);
    tell({ kind: 'done', outcome: await runJob(request, { readVolume, takeBundle, onProgress }) });
  } catch (thrown) {
    const { code, message, details } = asVoxwatchError(thrown);
    if (code === 'INTERNAL' && process.env['VOXWATCH_DEBUG']) console.error(thrown);
    tell({ kind: 'failed', code, message, details });
  }
}

process.on('message', (message: ToWorker) => void work(message.request));
// Without its parent nobody waits for the result, and a second worker may be at the same job: stop at once.
process.on('disconnect', () => process.exit());
setInterval(() => tell({ kind: 'heartbeat' }), HEARTBEAT_MS).unref();
