/**
 * The daemon: watched folder → series → jobs → published results. Wires intake, queue, worker and ledger, and owns their
 * lifetimes; what a job does is the runner's.
 * @module
 */
import { join } from 'node:path';
import { asVoxwatchError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { checkInputFolder, makeWritableFolder } from './check-folders.ts';
import type { DaemonConfig } from './config.ts';
import { Dispatch } from './dispatch.ts';
import { daemonPages } from './http/daemon-pages.ts';
import { type StatusPages, type StatusServer, startStatusServer } from './http/status-server.ts';
import type { CompletenessPolicy } from './intake/completeness.ts';
import type { Discovery } from './intake/discovered-series.ts';
import { Intake } from './intake/intake.ts';
import { type LookLoop, startLookLoop } from './intake/look-loop.ts';
import { type FolderEvents, watchFolder } from './intake/watch-folder.ts';
import type { JobRunner } from './job/job.ts';
import { Ledger } from './ledger/ledger.ts';
import { acquireStateLock, type StateLock } from './ledger/state-lock.ts';
import { DaemonMetrics } from './metrics/daemon-metrics.ts';
import { Assignments } from './queue/assignments.ts';
import { Backlog, type DrainSummary } from './queue/backlog.ts';
import type { JobQueue } from './queue/job-queue.ts';
import { type AttemptReport, WorkLoop } from './queue/work-loop.ts';
import type { Rejection } from './rejection.ts';
import type { WorkPlan } from './rules/work-plan.ts';
import { Upkeep } from './upkeep.ts';

/** What the daemon is given; tests give fakes. */
export interface DaemonDependencies {
  readonly discover: (path: string) => Promise<Discovery>;
  readonly runner: JobRunner;
  /** Opens the queue; called once the state folder is there and locked. */
  readonly openQueue: () => Promise<JobQueue>;
  /** Writes `<out>/rejected/<name>/report.json`; returns the folder below the output folder. */
  readonly publishRejection: (outDir: string, rejection: Rejection) => Promise<string>;
  /** Removes unfinished results that killed processes left in the output folder. */
  readonly removeLeftovers: (outDir: string, olderThanMs: number) => Promise<void>;
  /** Which series goes to which bundle. */
  readonly plan: WorkPlan;
  readonly logger: Logger;
}

export interface Daemon {
  /**
   * Takes the state folder, opens the queue, begins to watch.
   * @throws {VoxwatchError} `INPUT_NOT_FOUND`, `OUTPUT_NOT_WRITABLE`, `ALREADY_RUNNING` or `QUEUE_FAILED`.
   */
  start(): Promise<void>;
  /** Resolves when all that is in the folder has been seen to its end; for `--once`, after `start`. */
  drain(): Promise<DrainSummary>;
  /** Works by another plan from the next look on; what is queued or done stays so. */
  follow(plan: WorkPlan): void;
  /** Stops watching, lets the running job end within the time limit, frees everything. May be called often. */
  stop(): Promise<void>;
}

export function createDaemon(dependencies: DaemonDependencies, config: DaemonConfig): Daemon {
  return new WatchingDaemon(dependencies, config);
}

/** With `--once` nothing arrives any more: what does not change is all there is. */
function policyOf({ once, quietPeriodMs, longQuietPeriodMs, incompleteTimeoutMs }: DaemonConfig): CompletenessPolicy {
  return once
    ? { quietPeriodMs, longQuietPeriodMs: quietPeriodMs, incompleteTimeoutMs: quietPeriodMs }
    : { quietPeriodMs, longQuietPeriodMs, incompleteTimeoutMs };
}

/** No study takes so long: what is older was left by a process that is gone. */
const SHARED_LEFTOVER_MS = 3_600_000;

/** Absent where series of a study are not compared. With `--once` nothing arrives any more. */
function studyQuietPeriodOf({ rules }: WorkPlan, { once, quietPeriodMs }: DaemonConfig): number | undefined {
  if (!rules.oneSeriesPerStudy) return undefined;
  return once ? quietPeriodMs : rules.studyQuietPeriodMs;
}

class WatchingDaemon implements Daemon {
  readonly #dependencies: DaemonDependencies;
  readonly #config: DaemonConfig;
  readonly #intake: Intake;
  readonly #backlog: Backlog;
  readonly #assignments = new Assignments();
  readonly #metrics = new DaemonMetrics();
  readonly #upkeep: Upkeep;
  #plan: WorkPlan;
  #isRunning = false;
  #lookedAtMs = performance.now();
  #statusServer: StatusServer | undefined;
  /** Whether everything was seen to its end; false if the daemon was stopped before. */
  readonly #drained: Promise<boolean>;
  #markDrained: (isDone: boolean) => void = () => {};
  #lock: StateLock | undefined;
  #queue: Promise<JobQueue> | undefined;
  #events: FolderEvents | undefined;
  #lookLoop: LookLoop | undefined;
  #workLoop: WorkLoop | undefined;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #releasing: Promise<void> | undefined;

  constructor(dependencies: DaemonDependencies, config: DaemonConfig) {
    this.#dependencies = dependencies;
    this.#config = config;
    this.#drained = new Promise((resolve) => {
      this.#markDrained = resolve;
    });
    const nowMs = () => performance.now();
    const { discover, plan, logger } = dependencies;
    this.#plan = plan;
    this.#upkeep = new Upkeep(config, logger);
    this.#backlog = new Backlog({ isRetrying: !config.once, nowMs });
    const studyQuietPeriodMs = () => studyQuietPeriodOf(this.#plan, config);
    this.#intake = new Intake(config.inDir, policyOf(config), { discover, nowMs, studyQuietPeriodMs });
  }

  start(): Promise<void> {
    this.#starting ??= this.#start().catch(async (thrown) => {
      await this.#release();
      throw thrown;
    });
    return this.#starting;
  }

  async drain(): Promise<DrainSummary> {
    const isDone = await this.#drained;
    const summary = this.#backlog.summary();
    return isDone ? summary : { failure: 'failed', ...summary };
  }

  follow(plan: WorkPlan): void {
    this.#plan = plan;
    this.#lookLoop?.wake();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #start(): Promise<void> {
    const { logger, openQueue, removeLeftovers } = this.#dependencies;
    const { inDir, outDir, stateDir, database, once, scanIntervalMs, http, httpToken } = this.#config;
    await checkInputFolder(inDir);
    await makeWritableFolder(outDir);
    await makeWritableFolder(stateDir);
    await this.#upkeep.checkRoom();
    if (http) {
      this.#statusServer = await startStatusServer(http, httpToken, this.#pages());
      logger.info('http.listening', { port: this.#statusServer.port });
    }
    // Several machines may share folders by sharing a database; an embedded queue belongs to one process.
    const isAlone = database === undefined;
    if (isAlone) this.#lock = await acquireStateLock(stateDir);
    await removeLeftovers(outDir, isAlone ? 0 : SHARED_LEFTOVER_MS);
    const ledger = await Ledger.open(join(stateDir, 'ledger'));
    // Opening the embedded queue takes seconds: the first looks go on meanwhile.
    this.#queue = openQueue();
    const dispatch = this.#createDispatch(ledger, this.#queue);
    this.#lookLoop = startLookLoop(() => this.#look(dispatch, ledger), scanIntervalMs);
    if (!once) {
      const onError = () => logger.warn('scan.failed', { reason: 'events' });
      this.#events = watchFolder(inDir, () => this.#lookLoop?.wake(), onError);
    }
    this.#workLoop = this.#createWorkLoop(ledger, await this.#queue, dispatch);
    this.#workLoop.start();
    this.#isRunning = true;
    logger.info('daemon.started');
  }

  async #stop(): Promise<void> {
    const { logger } = this.#dependencies;
    logger.info('daemon.stopping');
    await this.#starting?.catch(() => {});
    await this.#release();
    logger.info('daemon.stopped');
  }

  /** Frees what was taken, in the opposite order, once. */
  #release(): Promise<void> {
    this.#releasing ??= (async () => {
      this.#isRunning = false;
      await this.#events?.close();
      await this.#lookLoop?.stop();
      await this.#workLoop?.stop(this.#config.stopTimeoutMs);
      await this.#dependencies.runner.close();
      const queue = await this.#queue?.catch(() => undefined);
      await queue?.close().catch(() => {});
      await this.#lock?.release();
      await this.#statusServer?.close();
      this.#markDrained(false);
    })();
    return this.#releasing;
  }

  #createDispatch(ledger: Ledger, opening: Promise<JobQueue>): Dispatch {
    const { logger } = this.#dependencies;
    return new Dispatch(this.#config, {
      ledger,
      logger,
      backlog: this.#backlog,
      assignments: this.#assignments,
      plan: () => this.#plan,
      onOutcome: (kind, code) => this.#metrics.inputEnded(kind, code),
      reject: this.#reject,
      enqueue: async (job, priority) => {
        await (await opening).add(job, priority);
        this.#workLoop?.wake();
      },
    });
  }

  #createWorkLoop(ledger: Ledger, queue: JobQueue, dispatch: Dispatch): WorkLoop {
    const { runner, logger } = this.#dependencies;
    const { outDir, provider, overlays, after, database } = this.#config;
    return new WorkLoop({ outDir, provider, overlays }, after, {
      queue,
      isShared: database !== undefined,
      runner,
      ledger,
      logger,
      reject: this.#reject,
      find: (fingerprint) => this.#assignments.find(fingerprint),
      settle: (assignment) => dispatch.settle(assignment),
      isPaused: () => this.#upkeep.isPaused,
      onEnd: (fingerprint, report) => this.#onEnd(fingerprint, report),
    });
  }

  readonly #reject = (rejection: Rejection): Promise<string> => this.#dependencies.publishRejection(this.#config.outDir, rejection);

  /** One look and what follows from it. @returns Milliseconds until the next one is worth while. */
  async #look(dispatch: Dispatch, ledger: Ledger): Promise<number | undefined> {
    const { logger } = this.#dependencies;
    try {
      const startMs = performance.now();
      await this.#upkeep.removeOld(ledger, dispatch.seen);
      await this.#upkeep.checkRoom();
      if (this.#upkeep.isPaused) {
        this.#lookedAtMs = performance.now();
        return undefined;
      }
      this.#backlog.beginLook();
      const look = await this.#intake.look();
      await dispatch.act(look);
      this.#lookedAtMs = performance.now();
      const durationMs = Math.round(performance.now() - startMs);
      if (this.#backlog.endLook(look.waiting)) logger.info('scan.done', { files: look.files, total: look.waiting, durationMs });
      if (this.#backlog.isDrained) this.#markDrained(true);
      return look.dueInMs;
    } catch (thrown) {
      logger.error('scan.failed', { errorCode: asVoxwatchError(thrown).code });
      this.#metrics.lookFailed();
      return undefined;
    }
  }

  #pages(): StatusPages {
    return daemonPages({
      metrics: this.#metrics,
      backlog: this.#backlog,
      upkeep: this.#upkeep,
      isRunning: () => this.#isRunning,
      lookAgeMs: () => performance.now() - this.#lookedAtMs,
      scanIntervalMs: this.#config.scanIntervalMs,
    });
  }

  #onEnd(fingerprint: string, report: AttemptReport): void {
    this.#metrics.attemptEnded(report);
    this.#backlog.end(fingerprint, report.end, report.error);
    if (this.#backlog.size === 0) this.#dependencies.logger.info('daemon.idle');
    // What is to be tried again is found by the next look.
    this.#lookLoop?.wake();
  }
}
