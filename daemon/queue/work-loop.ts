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
import type { JobMeasurements } from '../job/measurements.ts';
import type { InputFate, Ledger, LedgerEntry } from '../ledger/ledger.ts';
import type { Rejection } from '../rejection.ts';
import type { Assignment } from './assignments.ts';
import type { JobQueue, TakenJob } from './job-queue.ts';
import { judgeFailure } from './judge-failure.ts';

/** What an attempt came to. `again`: the input is to be looked at anew. */
export type AttemptEnd = 'published' | 'refused' | 'set-aside' | 'failed' | 'again' | 'already-done';

/** How an attempt ended, and what is known about it. */
export interface AttemptReport {
  readonly end: AttemptEnd;
  /** Why there is no result, if so. */
  readonly errorCode?: string;
  readonly error?: VoxwatchError;
  readonly measurements?: JobMeasurements;
}

/** What a job's request takes from the configuration. */
export type RequestDefaults = Pick<Parameters<JobRunner['run']>[0], 'outDir' | 'provider' | 'overlays'>;

/** A taken job with what it is about. */
interface Task extends Assignment {
  readonly jobId: string;
}

export interface WorkDependencies {
  readonly queue: JobQueue;
  /** Whether other daemons add jobs to the queue. */
  readonly isShared: boolean;
  readonly runner: JobRunner;
  readonly ledger: Ledger;
  readonly logger: Logger;
  /** Writes the report of an input without result; returns its folder below the output folder. */
  readonly reject: (rejection: Rejection) => Promise<string>;
  /** What a job is about; nothing if this daemon has not seen its input (yet). */
  readonly find: (fingerprint: string) => Assignment | undefined;
  /** Keeps, moves or deletes the input of a published result. */
  readonly settle: (assignment: Assignment) => Promise<void>;
  /** Whether jobs must wait: there is no room for their results. */
  readonly isPaused: () => boolean;
  readonly onEnd: (fingerprint: string, report: AttemptReport) => void;
}

/** Others may add jobs to a shared queue without our knowing. */
const POLL_INTERVAL_MS = 5_000;
/** Progress is logged this often at most. */
const PROGRESS_INTERVAL_MS = 5_000;
/** A job of a shared queue whose input no daemon has seen after so many takes is dropped. */
const MOST_HAND_BACKS = 300;

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
        const job = this.#dependencies.isPaused() ? undefined : await queue.take();
        if (job === undefined) await this.#pause();
        else await this.#dealWith(job);
      } catch (thrown) {
        logger.error('queue.failed', { errorCode: asVoxwatchError(thrown).code });
        await this.#pause();
      }
    }
  }

  async #dealWith(job: TakenJob): Promise<void> {
    const { queue, find, isShared, onEnd } = this.#dependencies;
    const assignment = find(job.fingerprint);
    if (assignment === undefined && isShared && job.handBacks < MOST_HAND_BACKS) {
      await queue.handBack(job);
      return;
    }
    if (assignment === undefined) {
      // Left by a life before, or its files are gone or change again: a look that finds them whole adds it anew.
      onEnd(job.fingerprint, { end: 'again' });
    } else {
      const task = { ...assignment, jobId: job.jobId };
      await this.#work(task).catch((thrown) => this.#giveUp(task, asVoxwatchError(thrown)));
    }
    await queue.finish(job);
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
  #giveUp({ fingerprint, jobId }: Task, error: VoxwatchError): void {
    this.#dependencies.logger.error('job.failed', { jobId, errorCode: error.code, state: 'wait-for-machine' });
    this.#dependencies.onEnd(fingerprint, { end: 'failed', errorCode: error.code, error });
  }

  async #work(task: Task): Promise<void> {
    const { ledger, logger, onEnd } = this.#dependencies;
    const { fingerprint, jobId, series } = task;
    const before = await ledger.reread(fingerprint);
    if (before.outcome !== undefined) {
      onEnd(fingerprint, { end: 'already-done' });
      return;
    }
    if (!(await isUnchanged(task.facts))) {
      logger.info('input.changed', { jobId });
      onEnd(fingerprint, { end: 'again' });
      return;
    }
    const entry: LedgerEntry = { ...before, starts: before.starts + 1 };
    await ledger.put(entry);
    logger.info('job.started', { jobId, attempt: entry.starts, files: series.files.length });
    const startMs = performance.now();
    const ended = await this.#attempt(task).catch(asVoxwatchError);
    if (ended instanceof VoxwatchError) {
      await this.#fail(task, entry, ended);
      return;
    }
    await this.#record(task, entry, ended);
    const durationMs = Math.round(performance.now() - startMs);
    if (ended.status === 'refused') {
      logger.warn('series.rejected', { jobId, errorCode: ended.code, durationMs });
      onEnd(fingerprint, { end: 'refused', errorCode: ended.code });
    } else {
      logger.info('job.published', { jobId, state: ended.status, durationMs });
      await this.#dependencies.settle(task);
      const { measurements } = ended;
      onEnd(fingerprint, { end: 'published', ...(measurements && { measurements }) });
    }
  }

  #attempt({ jobId, series, evidence, bundleDirs }: Task): Promise<JobOutcome> {
    return this.#dependencies.runner.run({ jobId, series, evidence, bundleDirs, ...this.#defaults }, this.#progressLog(jobId));
  }

  async #record({ fingerprint }: Task, entry: LedgerEntry, outcome: JobOutcome): Promise<void> {
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

  async #fail(task: Task, entry: LedgerEntry, error: VoxwatchError): Promise<void> {
    const { ledger, logger, reject, onEnd } = this.#dependencies;
    const { fingerprint, jobId, series, evidence } = task;
    if (this.#isStopping) {
      // We closed the worker ourselves.
      onEnd(fingerprint, { end: 'again' });
      return;
    }
    const failures = entry.failures + 1;
    const judgement = judgeFailure(error, failures);
    logger.error('job.failed', { jobId, errorCode: error.code, attempt: entry.starts, state: judgement });
    const why = { errorCode: error.code, error };
    if (judgement === 'input-changed') {
      onEnd(fingerprint, { end: 'again', ...why });
    } else if (judgement === 'wait-for-machine') {
      onEnd(fingerprint, { end: 'failed', ...why });
    } else if (judgement === 'try-again') {
      await ledger.put({ ...entry, failures });
      onEnd(fingerprint, { end: 'again', ...why });
    } else {
      const kind = judgement === 'refuse' ? 'refused' : 'set-aside';
      const { code, message } = error;
      const { name, findings } = series;
      const folder = await reject({ status: 'refused', name, fingerprint, code, message, evidence, findings });
      await ledger.put({ ...entry, failures, outcome: { kind, folder, code } });
      logger.warn(kind === 'refused' ? 'series.rejected' : 'job.set-aside', { jobId, errorCode: error.code });
      onEnd(fingerprint, { end: kind, ...why });
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
