/**
 * Takes jobs from the queue, one after another, and sees each to its end: result, refusal, another try, or set aside. The next
 * is taken when the one before has ended, or when only its result is left to be written.
 *
 * A job ends in the ledger before it leaves the queue: killed in between, it is taken again and found done.
 * @module
 */
import { asVoxwatchError, VoxwatchError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { DiscoveredSeries } from '../intake/discovered-series.ts';
import { areUnchanged } from '../intake/folder-snapshot.ts';
import type { JobOutcome, JobRunner, Revision } from '../job/job.ts';
import type { InputFate, Ledger, LedgerEntry } from '../ledger/ledger.ts';
import type { Revisions } from '../ledger/revisions.ts';
import type { Rejection } from '../rejection.ts';
import type { AtStep } from '../steps.ts';
import type { Assignment, Assignments } from './assignments.ts';
import type { AttemptReport } from './attempt-report.ts';
import { providerFor } from './job-class.ts';
import type { JobQueue, TakenJob } from './job-queue.ts';
import { JobSource } from './job-source.ts';
import { judgeFailure } from './judge-failure.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { progressLog } from './progress-log.ts';

/** What a job's request takes from the configuration. */
export type RequestDefaults = Pick<Parameters<JobRunner['run']>[0], 'outDir' | 'provider' | 'precision' | 'overlays'>;

/** A taken job with what it is about. */
interface Task extends Assignment {
  readonly jobId: string;
  /** Until when its worker may go on if nothing is said, by `monotonicMs`; absent where nobody else would begin. */
  readonly untilMs?: number;
}

/** What may happen for other jobs while one is done. */
interface Beside {
  /** Read meanwhile. */
  readonly next?: DiscoveredSeries | undefined;
  readonly onSegmented?: () => void;
}

export interface WorkDependencies {
  readonly queue: JobQueue;
  /** Whether other daemons add jobs to the queue. */
  readonly isShared: boolean;
  readonly runner: JobRunner;
  readonly ledger: Ledger;
  readonly revisions: Revisions;
  readonly logger: Logger;
  /** Writes the report of an input without result; returns its folder below the output folder. */
  readonly reject: (rejection: Rejection) => Promise<string>;
  readonly assignments: Assignments;
  /** Keeps, moves or deletes the input of a published result. */
  readonly settle: (assignment: Assignment) => Promise<void>;
  /** Whether jobs must wait: there is no room for their results, or the line is stopped. */
  readonly isPaused: () => boolean;
  readonly atStep: AtStep;
  readonly onEnd: (fingerprint: string, report: AttemptReport) => void;
}

/** Others may add jobs to a shared queue without our knowing. */
const POLL_INTERVAL_MS = 5_000;
/** A job of a shared queue whose input no daemon has seen after so many takes is dropped. */
const MOST_HAND_BACKS = 300;

export class WorkLoop {
  readonly #dependencies: WorkDependencies;
  readonly #defaults: RequestDefaults;
  readonly #inputFate: InputFate;
  readonly #source: JobSource;
  #isStopping = false;
  #isWoken = false;
  #endPause: (() => void) | undefined;
  #ended: Promise<void> | undefined;
  /** Resolves when those jobs have ended whose results are being written; never rejects. */
  #written: Promise<unknown> = Promise.resolve();

  constructor(defaults: RequestDefaults, inputFate: InputFate, dependencies: WorkDependencies) {
    this.#defaults = defaults;
    this.#inputFate = inputFate;
    this.#dependencies = dependencies;
    this.#source = new JobSource(dependencies.queue, dependencies.isShared, defaults.provider);
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
   * Takes no further job, and waits for those that run; after the time limit their worker is closed and they are left
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
    while (!this.#isStopping) {
      this.#isWoken = false;
      try {
        const job = this.#dependencies.isPaused() ? undefined : await this.#source.take();
        await (job === undefined ? this.#pause() : this.#begin(job));
      } catch (thrown) {
        this.#sayQueueFailed(thrown);
        await this.#pause();
      }
    }
    await this.#source.close().catch((thrown) => this.#sayQueueFailed(thrown));
    await this.#written;
  }

  #sayQueueFailed(thrown: unknown): void {
    this.#dependencies.logger.error('queue.failed', { errorCode: asVoxwatchError(thrown).code });
  }

  /** Deals with a job until it has ended, or its result alone is left to be written. */
  async #begin(job: TakenJob): Promise<void> {
    let leave = (): void => {};
    const segmented = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const ended = this.#dealWith(job, leave);
    this.#source.prepare();
    await Promise.race([ended, segmented]);
    this.#written = Promise.all([this.#written, ended.catch((thrown) => this.#sayQueueFailed(thrown))]);
  }

  /** @param onSegmented - As {@link JobWatch.onSegmented}. */
  async #dealWith(job: TakenJob, onSegmented: () => void): Promise<void> {
    const { queue, assignments, isShared, runner, atStep, onEnd } = this.#dependencies;
    atStep('job-taken');
    const onExtended = (untilMs: number): void => (isShared ? runner.extend(untilMs) : undefined);
    const keeper = new LeaseKeeper({ queue, job, onExtended });
    let isOver = true;
    try {
      const assignment = await assignments.find(job.fingerprint);
      if (assignment !== undefined) {
        const task = { ...assignment, jobId: job.jobId, ...(isShared && { untilMs: keeper.firstUntilMs }) };
        isOver = await this.#work(task, onSegmented).catch((thrown) => this.#giveUp(task, asVoxwatchError(thrown)));
      } else if (isShared && job.handBacks < MOST_HAND_BACKS) isOver = false;
      // Left by a life before, or its files are gone or change again: a look that finds them whole adds it anew.
      else onEnd(job.fingerprint, { end: 'again' });
    } finally {
      keeper.stop();
    }
    if (isOver) await queue.finish(job);
    else await queue.handBack(job);
    atStep('job-finished');
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
  #giveUp({ fingerprint, jobId }: Task, error: VoxwatchError): true {
    this.#dependencies.logger.error('job.failed', { jobId, errorCode: error.code, state: 'wait-for-machine' });
    this.#dependencies.onEnd(fingerprint, { end: 'failed', jobId, errorCode: error.code, error });
    return true;
  }

  /** @returns Whether this place in the queue has served its turn; else another daemon may take it. */
  async #work(task: Task, onSegmented: () => void): Promise<boolean> {
    const { ledger, revisions, logger, assignments, atStep, onEnd } = this.#dependencies;
    const { fingerprint, jobId, series, facts } = task;
    const before = await ledger.reread(fingerprint);
    if (before.outcome !== undefined) {
      await assignments.forget(fingerprint);
      onEnd(fingerprint, { end: 'already-done' });
      return true;
    }
    if (!(await areUnchanged(facts))) {
      logger.info('input.changed', { jobId });
      await assignments.forget(fingerprint);
      onEnd(fingerprint, { end: 'again' });
      return true;
    }
    const entry: LedgerEntry = { ...before, starts: before.starts + 1 };
    const isAlone = this.#isAlone(entry);
    if (isAlone) await this.#written;
    await ledger.put(entry);
    atStep('start-recorded');
    const revision = await revisions.next(series.key, facts);
    const files = series.files.length;
    logger.info('job.started', { jobId, attempt: entry.starts, files, ...(revision && { revision: revision.number }) });
    const startMs = performance.now();
    const beside = isAlone ? {} : { next: this.#likelyNext(task), onSegmented };
    const ended = await this.#attempt(task, { revision, ...beside }).catch(asVoxwatchError);
    if (ended instanceof VoxwatchError) return this.#fail(task, entry, ended);
    atStep('result-published');
    await this.#record(task, entry, ended);
    atStep('outcome-recorded');
    await assignments.forget(fingerprint);
    const durationMs = Math.round(performance.now() - startMs);
    if (ended.status === 'refused') {
      logger.warn('series.rejected', { jobId, errorCode: ended.code, durationMs });
      onEnd(fingerprint, { end: 'refused', jobId, errorCode: ended.code });
    } else {
      logger.info('job.published', { jobId, state: ended.status, durationMs });
      await this.#dependencies.settle(task);
      atStep('input-settled');
      const { identity, measurements } = ended;
      onEnd(fingerprint, { end: 'published', jobId, identity, ...(measurements && { measurements }) });
    }
    return true;
  }

  /**
   * Whether nothing is done for another job while this one is: where it has failed before, or its worker died, for each must
   * answer for itself; and where others take jobs too.
   */
  #isAlone({ starts }: LedgerEntry): boolean {
    return this.#dependencies.isShared || starts > 1;
  }

  /** What the worker may read while it segments. */
  #likelyNext({ fingerprint }: Task): DiscoveredSeries | undefined {
    const { assignments, ledger } = this.#dependencies;
    return assignments.following(fingerprint, (later) => ledger.get(later).outcome === undefined)?.series;
  }

  #attempt(
    { jobId, series, evidence, bundleDirs, jobClass, untilMs }: Task,
    { revision, next, onSegmented }: Beside & { readonly revision: Revision | undefined },
  ): Promise<JobOutcome> {
    const { runner, logger } = this.#dependencies;
    const provider = providerFor(jobClass, this.#defaults.provider);
    const request = { ...this.#defaults, jobId, series, evidence, bundleDirs, provider };
    const known = { ...(revision && { revision }), ...(next && { next }), ...(untilMs !== undefined && { untilMs }) };
    return runner.run({ ...request, ...known }, { onProgress: progressLog(logger, jobId), ...(onSegmented && { onSegmented }) });
  }

  async #record({ fingerprint, series, facts }: Task, entry: LedgerEntry, outcome: JobOutcome): Promise<void> {
    const ended: LedgerEntry =
      outcome.status === 'refused'
        ? { ...entry, outcome: { kind: 'refused', folder: outcome.folder, code: outcome.code } }
        : {
            ...entry,
            outcome: { kind: 'published', folder: outcome.folder, identity: outcome.identity },
            inputFate: this.#inputFate,
          };
    const { ledger, revisions } = this.#dependencies;
    // Before the ledger: once that has the outcome, nobody comes back for this.
    if (outcome.status !== 'refused') await revisions.remember(series.key, facts, outcome.identity);
    await ledger.put({ ...ended, fingerprint });
  }

  /** @returns as {@link WorkLoop.#work}. */
  async #fail(task: Task, entry: LedgerEntry, error: VoxwatchError): Promise<boolean> {
    const { ledger, logger, reject, assignments, onEnd } = this.#dependencies;
    const { fingerprint, jobId, series, evidence } = task;
    // The time was up, or we closed the worker ourselves: no fault of the input, and another daemon may go on at once.
    if (this.#isStopping || error.code === 'CANCELLED') {
      if (!this.#isStopping) logger.warn('lease.lost', { jobId });
      onEnd(fingerprint, { end: 'again' });
      return false;
    }
    const failures = entry.failures + 1;
    const judgement = judgeFailure(error, failures);
    logger.error('job.failed', { jobId, errorCode: error.code, attempt: entry.starts, state: judgement });
    const why = { jobId, errorCode: error.code, error };
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
      await assignments.forget(fingerprint);
      logger.warn(kind === 'refused' ? 'series.rejected' : 'job.set-aside', { jobId, errorCode: error.code });
      onEnd(fingerprint, { end: kind, ...why });
    }
    return true;
  }
}
