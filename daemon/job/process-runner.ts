/**
 * Jobs → a worker process that does them, started when the first job comes and replaced when it dies.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { VoxwatchError } from '../../core/errors.ts';
import { type Logger, SILENT_LOGGER } from '../../core/logger.ts';
import type { JobOutcome, JobProgress, JobRequest, JobRunner } from './job.ts';
import type { FromWorker, ToWorker } from './worker-message.ts';

/** Always the compiled worker: Node 20 cannot fork the `.ts` file that tests run this module from. */
const WORKER_FILE = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/daemon/job/job-worker.js' : './job-worker.js', import.meta.url),
);

export interface ProcessRunnerOptions {
  readonly logger?: Logger;
  /** After so many jobs a fresh process takes over: native memory arenas never shrink. */
  readonly jobsPerWorker?: number;
  /** A worker that says nothing for so long hangs in native code, and is killed. */
  readonly silenceLimitMs?: number;
  /** The file that is forked; for tests. */
  readonly workerFile?: string;
}

/** Does jobs one after another in a process of its own. */
export function createProcessRunner(options: ProcessRunnerOptions = {}): JobRunner {
  const { logger = SILENT_LOGGER, jobsPerWorker = 50, silenceLimitMs = 300_000, workerFile = WORKER_FILE } = options;
  let worker: ChildProcess | undefined;
  let jobsDone = 0;
  let isClosed = false;
  let last: Promise<unknown> = Promise.resolve();

  const ready = async (): Promise<ChildProcess> => {
    if (worker && jobsDone >= jobsPerWorker) {
      await stop(worker);
      worker = undefined;
    }
    if (worker) return worker;
    // Whatever native code prints goes to stderr: stdout belongs to the results.
    const started = fork(workerFile, { stdio: ['ignore', 2, 2, 'ipc'] });
    started.once('exit', () => {
      if (worker === started) worker = undefined;
    });
    logger.info('worker.started');
    jobsDone = 0;
    return (worker = started);
  };

  const runNow = async (request: JobRequest, onProgress?: (progress: JobProgress) => void): Promise<JobOutcome> => {
    if (isClosed) throw new VoxwatchError('WORKER_DIED', 'The worker was closed before the job began.');
    const at = await ready();
    jobsDone++;
    return askWorker(at, request, { silenceLimitMs, logger, ...(onProgress ? { onProgress } : {}) });
  };

  return {
    run(request, onProgress) {
      const result = last.then(() => runNow(request, onProgress));
      last = result.catch(() => {});
      return result;
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
  readonly onProgress?: (progress: JobProgress) => void;
}

function askWorker(
  worker: ChildProcess,
  request: JobRequest,
  { silenceLimitMs, logger, onProgress }: AskOptions,
): Promise<JobOutcome> {
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
      logger.error('worker.died', { jobId: request.jobId });
      settle(() => reject(new VoxwatchError('WORKER_DIED', `The process that did this job died (${reason}).`, { reason }, cause)));
    };
    const onExit = (exitCode: number | null, signal: string | null): void => died(signal ?? `exit code ${exitCode}`);
    const onError = (cause: Error): void => died('it could not be reached', cause);
    const onMessage = (raw: unknown): void => {
      hang.refresh();
      const message = raw as FromWorker;
      if (message.kind === 'progress') onProgress?.(message.progress);
      if (message.kind === 'done') settle(() => resolve(message.outcome));
      if (message.kind === 'failed') settle(() => reject(new VoxwatchError(message.code, message.message, message.details)));
    };
    worker.on('message', onMessage);
    worker.on('exit', onExit);
    worker.on('error', onError);
    worker.send({ kind: 'run', request } satisfies ToWorker, (error) => error && onError(error));
  });
}

/** Ends a process at once; nothing it writes is ever half-published. */
function stop(worker: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (worker.exitCode !== null || worker.signalCode !== null) return resolve();
    worker.once('exit', () => resolve());
    worker.kill('SIGKILL');
  });
}
