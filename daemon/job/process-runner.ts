/**
 * Jobs → a worker process that does them, started when the first job comes and replaced when it dies.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { VoxwatchError } from '../../core/errors.ts';
import { type Logger, SILENT_LOGGER } from '../../core/logger.ts';
import type { JobRunner, JobWatch } from './job.ts';
import { type FromWorker, LAPSED_EXIT_CODE, type LoadedBundle, type ToWorker } from './worker-message.ts';

/** Always the compiled worker: Node 20 cannot fork the `.ts` file that tests run this module from. */
const WORKER_FILE = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/daemon/job/job-worker.js' : './job-worker.js', import.meta.url),
);

export interface ProcessRunnerOptions {
  readonly logger?: Logger;
  /** After so many jobs a fresh process takes over: native memory arenas never shrink. */
  readonly jobsPerWorker?: number;
  /** A worker that holds more when a job is done makes way for a fresh one. */
  readonly residentLimitMb?: number;
  /** A worker that says nothing for so long hangs in native code, and is killed. */
  readonly silenceLimitMs?: number;
  /** The file that is forked; for tests. */
  readonly workerFile?: string;
}

/** More than a study of 2,000 slices leaves behind. */
const RESIDENT_LIMIT_MB = 4_000;

/** Does jobs in a process of its own; the next is sent to it when the one before has ended or is segmented. */
export function createProcessRunner(options: ProcessRunnerOptions = {}): JobRunner {
  const { logger = SILENT_LOGGER, jobsPerWorker = 50, silenceLimitMs = 300_000, workerFile = WORKER_FILE } = options;
  const { residentLimitMb = RESIDENT_LIMIT_MB } = options;
  let worker: ChildProcess | undefined;
  let jobsDone = 0;
  let residentMb = 0;
  let isClosed = false;
  let last: Promise<unknown> = Promise.resolve();
  const running = new Set<Promise<unknown>>();
  /** Of what was asked before. */
  const allEnded = (): Promise<unknown> => Promise.allSettled(running);

  const ready = async (): Promise<ChildProcess> => {
    if (worker && (jobsDone >= jobsPerWorker || residentMb > residentLimitMb)) {
      const spent = worker;
      await allEnded();
      await stop(spent);
      worker = undefined;
    }
    if (worker) return worker;
    // Whatever native code prints goes to stderr: stdout belongs to the results.
    const started = fork(workerFile, { stdio: ['ignore', 2, 2, 'ipc'] });
    started.once('exit', () => {
      if (worker === started) worker = undefined;
    });
    started.on('message', (message: FromWorker) => {
      if (message.kind === 'loaded') logLoaded(logger, message.bundle);
    });
    logger.info('worker.started');
    jobsDone = 0;
    residentMb = 0;
    return (worker = started);
  };

  const askNow = async (question: ToWorker, options: Omit<AskOptions, 'silenceLimitMs' | 'logger'>): Promise<FromWorker> => {
    if (question.kind === 'prove') await allEnded();
    if (isClosed) throw new VoxwatchError('WORKER_DIED', 'The worker was closed before the job began.');
    const at = await ready();
    jobsDone++;
    const answer = askWorker(at, question, { silenceLimitMs, logger, ...options });
    running.add(answer);
    return answer.finally(() => running.delete(answer));
  };
  const ask = (question: ToWorker, { watch = {}, ...options }: Partial<AskOptions> = {}): Promise<FromWorker> => {
    let free = (): void => {};
    const segmented = new Promise<void>((resolve) => {
      free = resolve;
    });
    const onSegmented = (): void => {
      free();
      watch.onSegmented?.();
    };
    const answer = last.then(() => askNow(question, { ...options, watch: { ...watch, onSegmented } }));
    last = Promise.race([segmented, answer.catch(() => {})]);
    return answer;
  };

  return {
    async run(request, watch) {
      const answer = await ask({ kind: 'run', request }, { jobId: request.jobId, ...(watch && { watch }) });
      if (answer.kind === 'done') {
        residentMb = answer.residentMb ?? 0;
        return answer.outcome;
      }
      throw new VoxwatchError('INTERNAL', 'The worker gave another answer than the outcome of its job.');
    },
    async prove(bundleDir, provider, precision) {
      await ask({ kind: 'prove', bundleDir, provider, ...(precision && { precision }) });
    },
    extend: (untilMs) => {
      // A worker that has just died answers for itself.
      if (worker?.connected) worker.send({ kind: 'extend', untilMs } satisfies ToWorker, () => {});
    },
    async close() {
      isClosed = true;
      if (worker) await stop(worker);
    },
  };
}

interface AskOptions {
  readonly silenceLimitMs: number;
  readonly logger: Logger;
  /** Of the job that is asked for, if it is one. */
  readonly jobId?: string;
  readonly watch: JobWatch;
}

/** @returns The message that ends the work. @throws what it failed with. */
function askWorker(
  worker: ChildProcess,
  question: ToWorker,
  { silenceLimitMs, logger, jobId, watch }: AskOptions,
): Promise<FromWorker> {
  return new Promise((resolve, reject) => {
    const hang = setTimeout(() => worker.kill('SIGKILL'), silenceLimitMs);
    const settle = (action: () => void): void => {
      clearTimeout(hang);
      worker.off('message', onMessage);
      worker.off('exit', onExit);
      worker.off('error', onError);
      action();
    };
    const died = (reason: string, cause?: unknown): void => {
      logger.error('worker.died', jobId === undefined ? {} : { jobId });
      settle(() => reject(new VoxwatchError('WORKER_DIED', `The process that did this job died (${reason}).`, { reason }, cause)));
    };
    const onExit = (exitCode: number | null, signal: string | null): void => {
      if (exitCode === LAPSED_EXIT_CODE) settle(() => reject(new VoxwatchError('CANCELLED', 'The time for this job was up.')));
      else died(signal ?? `exit code ${exitCode}`);
    };
    const onError = (cause: Error): void => died('it could not be reached', cause);
    const onMessage = (raw: unknown): void => {
      hang.refresh();
      const message = raw as FromWorker;
      // The other job's.
      if ('jobId' in message && message.jobId !== jobId) return;
      if (message.kind === 'progress') watch.onProgress?.(message.progress);
      else if (message.kind === 'segmented') watch.onSegmented?.();
      else if (message.kind === 'failed') settle(() => reject(new VoxwatchError(message.code, message.message, message.details)));
      else if (message.kind !== 'heartbeat' && message.kind !== 'loaded') settle(() => resolve(message));
    };
    worker.on('message', onMessage);
    worker.on('exit', onExit);
    worker.on('error', onError);
    worker.send(question, (error) => error && onError(error));
  });
}

function logLoaded(logger: Logger, { name: bundle, version, provider, refused, durationMs }: LoadedBundle): void {
  for (const { provider: asked, reason } of refused) logger.warn('provider.refused', { bundle, provider: asked, reason });
  logger.info('session.ready', { bundle, version, provider, durationMs });
}

/** Ends a process at once; nothing it writes is ever half-published. */
function stop(worker: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (worker.exitCode !== null || worker.signalCode !== null) return resolve();
    worker.once('exit', () => resolve());
    worker.kill('SIGKILL');
  });
}
