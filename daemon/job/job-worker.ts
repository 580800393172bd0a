/**
 * The worker process: does the jobs it is sent, and keeps the bundles loaded between them. It is sent the next one when the
 * networks are done with the one before, whose result is written meanwhile.
 *
 * `session.run` blocks its thread and native code can take the process down with it; here it takes only this one.
 * @module
 */
import { asVoxwatchError } from '../../core/errors.ts';
import type { PrecisionChoice } from '../../core/model-variants.ts';
import { BundleShelf } from './bundle-shelf.ts';
import { Deadline } from './deadline.ts';
import type { JobProgress, JobRequest, ProviderChoice } from './job.ts';
import { ReadAhead } from './read-ahead.ts';
import { type JobDependencies, runJob } from './run-job.ts';
import { type FromWorker, HEARTBEAT_MS, LAPSED_EXIT_CODE, type ToWorker } from './worker-message.ts';
import { WriteAside } from './write-aside.ts';

/** Progress is sent no more often. */
const PROGRESS_MS = 100;

const shelf = new BundleShelf(({ manifest: { name, version }, provider: { name: provider, refused } }, durationMs) =>
  tell({ kind: 'loaded', bundle: { name, version, provider, refused, durationMs: Math.round(durationMs) } }),
);
const ahead = new ReadAhead();
const aside = new WriteAside();
// Beside the loading of bundles: it takes as long as a small study.
aside.prepare();
/** Another daemon may be at the same job from then on: whatever runs here must end, native code too. */
const deadline = new Deadline(() => process.exit(LAPSED_EXIT_CODE));

function tell(message: FromWorker): void {
  process.send?.(message);
}

async function work(request: JobRequest): Promise<FromWorker> {
  const { jobId } = request;
  let saidMs = Number.NEGATIVE_INFINITY;
  const onProgress = (progress: JobProgress): void => {
    if (performance.now() - saidMs < PROGRESS_MS && progress.done < progress.total) return;
    saidMs = performance.now();
    tell({ kind: 'progress', jobId, progress });
  };
  try {
    if (request.untilMs !== undefined) deadline.set(request.untilMs);
    const takeBundle = shelf.take.bind(shelf);
    const readVolume: JobDependencies['readVolume'] = async (series) => {
      const volume = await ahead.read(series);
      if (request.next) ahead.begin(request.next);
      return volume;
    };
    const writeMasks: JobDependencies['writeMasks'] = ({ isLast, ...masks }, onAside) =>
      aside.write({ ...masks, keepsVolume: !isLast }, () => {
        // There is one moment for the whole process: a job that must end by it is alone.
        if (isLast && request.untilMs === undefined) tell({ kind: 'segmented', jobId });
        onAside();
      });
    const beforePublishing = (): Promise<void> => deadline.check();
    const outcome = await runJob(request, { readVolume, takeBundle, onProgress, beforePublishing, writeMasks });
    return { kind: 'done', jobId, outcome, residentMb: Math.round(process.memoryUsage.rss() / 1e6) };
  } finally {
    if (request.untilMs !== undefined) deadline.set(undefined);
  }
}

async function prove(bundleDir: string, provider: ProviderChoice, precision?: PrecisionChoice): Promise<FromWorker> {
  await shelf.renew(bundleDir, provider, precision);
  return { kind: 'proved' };
}

async function answer(task: Promise<FromWorker>, jobId?: string): Promise<void> {
  try {
    tell(await task);
  } catch (thrown) {
    const { code, message, details } = asVoxwatchError(thrown);
    if (code === 'INTERNAL' && process.env.VOXWATCH_DEBUG) console.error(thrown);
    tell({ kind: 'failed', ...(jobId !== undefined && { jobId }), code, message, details });
  }
}

process.on('message', (message: ToWorker) => {
  if (message.kind === 'run') void answer(work(message.request), message.request.jobId);
  else if (message.kind === 'prove') void answer(prove(message.bundleDir, message.provider, message.precision));
  else deadline.extend(message.untilMs);
});
// Without its parent nobody waits for the result, and a second worker may be at the same job: stop at once.
process.on('disconnect', () => process.exit());
setInterval(() => tell({ kind: 'heartbeat' }), HEARTBEAT_MS).unref();
