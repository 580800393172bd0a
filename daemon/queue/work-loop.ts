/**
 * Takes jobs from the queue, one after another, and sees each to its end: result, refusal, another try, or set aside.
 *
 * A job ends in the ledger before it leaves the queue: killed in between, it is taken again and found done.
 * @module
 */
import { asVoxwatchError, VoxwatchError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { isSameFact } from '../intake/file-stability.ts';
import { type FileFact, readFact } from '../intake/folder-snapshot.ts';
import type { JobOutcome, JobProgress, JobRunner } from '../job/job.ts';
import type { InputFate, Ledger, LedgerEntry } from '../ledger/ledger.ts';
import type { Rejection } from '../rejection.ts';
import type { JobQueue, QueuedJob, TakenJob } from './job-queue.ts';
import { judgeFailure } from './judge-failure.ts';

/** What an attempt came to. `again`: the input is to be looked at anew. */
export type AttemptEnd = 'published' | 'refused' | 'set-aside' | 'failed' | 'again' | 'already-done';

/** What a job's request takes from the configuration. */
export type RequestDefaults = Pick<Parameters<JobRunner['run']>[0], 'bundleDirs' | 'outDir' | 'provider' | 'overlays'>;

export interface WorkDependencies {
  readonly queue: JobQueue;
  readonly runner: JobRunner;
  readonly ledger: Ledger;
  readonly logger: Logger;
  /** Writes the report of an input without result; returns its folder below the output folder. */
  readonly reject: (rejection: Rejection) => Promise<string>;
  /** Keeps, moves or deletes the input of a published result. */
  readonly settle: (job: QueuedJob) => Promise<void>;
  readonly onEnd: (fingerprint: string, end: AttemptEnd, error?: VoxwatchError) => void;
}

/** Others may add jobs to a shared queue without our knowing. */
const POLL_INTERVAL_MS = 5_000;
/** Progress is logged this often at most. */
const PROGRESS_INTERVAL_MS = 5_000;

export class WorkLoop {
  readonly #dependencies: WorkDependencies;
  readonly #defaults: RequestDefaults;
  readonly #inputFate: InputFate;
  #isStopping = false;
  #isWoken = false;
  #endPause: (() => void) | undefined;
  #ended: Promise<void> | undefined;

  constructor(defaults: RequestDefaults, inputFate: InputFate, dependencies: WorkDependencies) {
    this.#defaults = defaults;
    this.#inputFate = inputFate;
    this.#dependencies = dependencies;
  }

  start(): void {
    this.#ended ??= this.#loop();
  }

  /** Something was added. */
  wake(): void {
    this.#isWoken = true;
    this.#endPause?.();
  }

  /**
   * Takes no further job, and waits for the one that runs; after the time limit its worker is closed and the job is left
   * for the next start, without counting as failed.
   */
  async stop(timeoutMs: number): Promise<void> {
    this.#isStopping = true;
    this.#endPause?.();
    const timer = setTimeout(() => void this.#dependencies.runner.close(), timeoutMs);
    await this.#ended;
    clearTimeout(timer);
  }

  async #loop(): Promise<void> {
    const { queue, logger } = this.#dependencies;
    while (!this.#isStopping) {
      this.#isWoken = false;
      try {
        const job = await queue.take();
        if (job === undefined) {
          await this.#pause();
          continue;
        }
        await this.#work(job).catch((thrown) => this.#giveUp(job, asVoxwatchError(thrown)));
        await queue.finish(job);
      } catch (thrown) {
        logger.error('queue.failed', { errorCode: asVoxwatchError(thrown).code });
        await this.#pause();
      }
    }
  }

  #pause(): Promise<void> {
    if (this.#isWoken || this.#isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#endPause?.(), POLL_INTERVAL_MS);
      this.#endPause = () => {
        clearTimeout(timer);
        this.#endPause = undefined;
        resolve();
      };
    });
  }

  /** Not even the end of the job could be written down, e.g. because the disk is full: the input waits. */
  #giveUp({ fingerprint, jobId }: TakenJob, error: VoxwatchError): void {
    this.#dependencies.logger.error('job.failed', { jobId, errorCode: error.code, state: 'wait-for-machine' });
    this.#dependencies.onEnd(fingerprint, 'failed', error);
  }

  async #work(job: TakenJob): Promise<void> {
    const { ledger, logger, onEnd } = this.#dependencies;
    const { fingerprint, jobId, series } = job;
    const before = ledger.get(fingerprint);
    if (before.outcome !== undefined) {
      onEnd(fingerprint, 'already-done');
      return;
    }
    if (!(await isUnchanged(job.facts))) {
      logger.info('input.changed', { jobId });
      onEnd(fingerprint, 'again');
      return;
    }
    const entry: LedgerEntry = { ...before, starts: before.starts + 1 };
    await ledger.put(entry);
    logger.info('job.started', { jobId, attempt: entry.starts, files: series.files.length });
    const startMs = performance.now();
    const ended = await this.#attempt(job).catch(asVoxwatchError);
    if (ended instanceof VoxwatchError) {
      await this.#fail(job, entry, ended);
      return;
    }
    await this.#record(job, entry, ended);
    const durationMs = Math.round(performance.now() - startMs);
    if (ended.status === 'refused') {
      logger.warn('series.rejected', { jobId, errorCode: ended.code, durationMs });
      onEnd(fingerprint, 'refused');
    } else {
      logger.info('job.published', { jobId, state: ended.status, durationMs });
      await this.#dependencies.settle(job);
      onEnd(fingerprint, 'published');
    }
  }

  #attempt({ jobId, series, evidence }: QueuedJob): Promise<JobOutcome> {
    return this.#dependencies.runner.run({ jobId, series, evidence, ...this.#defaults }, this.#progressLog(jobId));
  }

  async #record({ fingerprint }: QueuedJob, entry: LedgerEntry, outcome: JobOutcome): Promise<void> {
    const ended: LedgerEntry =
      outcome.status === 'refused'
        ? { ...entry, outcome: { kind: 'refused', folder: outcome.folder, code: outcome.code } }
        : {
            ...entry,
            outcome: { kind: 'published', folder: outcome.folder, identity: outcome.identity },
            inputFate: this.#inputFate,
          };
    await this.#dependencies.ledger.put({ ...ended, fingerprint });
  }

  async #fail(job: TakenJob, entry: LedgerEntry, error: VoxwatchError): Promise<void> {
    const { ledger, logger, reject, onEnd } = this.#dependencies;
    const { fingerprint, jobId, series, evidence } = job;
    if (this.#isStopping) {
      // We closed the worker ourselves.
      onEnd(fingerprint, 'again');
      return;
    }
    const failures = entry.failures + 1;
    const judgement = judgeFailure(error, failures);
    logger.error('job.failed', { jobId, errorCode: error.code, attempt: entry.starts, state: judgement });
    if (judgement === 'input-changed') {
      onEnd(fingerprint, 'again');
    } else if (judgement === 'wait-for-machine') {
      onEnd(fingerprint, 'failed', error);
    } else if (judgement === 'try-again') {
      await ledger.put({ ...entry, failures });
      onEnd(fingerprint, 'again');
    } else {
      const kind = judgement === 'refuse' ? 'refused' : 'set-aside';
      const { code, message } = error;
      const { name, findings } = series;
      const folder = await reject({ name, fingerprint, code, message, evidence, findings });
      await ledger.put({ ...entry, failures, outcome: { kind, folder, code } });
      logger.warn(kind === 'refused' ? 'series.rejected' : 'job.set-aside', { jobId, errorCode: error.code });
      onEnd(fingerprint, kind, error);
    }
  }

  #progressLog(jobId: string): (progress: JobProgress) => void {
    let lastMs = performance.now();
    return ({ step, done, total }) => {
      const nowMs = performance.now();
      if (nowMs - lastMs < PROGRESS_INTERVAL_MS) return;
      lastMs = nowMs;
      this.#dependencies.logger.info('job.progress', { jobId, stage: step, done, total });
    };
  }
}

async function isUnchanged(facts: readonly FileFact[]): Promise<boolean> {
  const now = await Promise.all(facts.map(({ path }) => readFact(path)));
  return facts.every((fact, index) => {
    const current = now[index];
    return current !== undefined && isSameFact(current, fact);
  });
}
