/**
 * The daemon: watched folder → series → jobs → published results. Wires intake, queue, worker and ledger, and owns their
 * lifetimes; what a job does is the runner's.
 * @module
 */
import { join } from 'node:path';
import type { VoxwatchError } from '../core/errors.ts';
import { checkInputFolder, makeWritableFolder } from './check-folders.ts';
import type { DaemonConfig } from './config.ts';
import type { DaemonDependencies } from './daemon-dependencies.ts';
import { Dispatch } from './dispatch.ts';
import { FolderLooks } from './folder-looks.ts';
import { GoldenCheck } from './golden-check.ts';
import { daemonPages } from './http/daemon-pages.ts';
import { type StatusPages, type StatusServer, startStatusServer } from './http/status-server.ts';
import type { FolderIntake } from './intake/folder-intake.ts';
import { policyOf, studyQuietPeriodOf } from './intake-policy.ts';
import { Ledger } from './ledger/ledger.ts';
import { REVISIONS_FOLDER, Revisions } from './ledger/revisions.ts';
import { acquireStateLock, type StateLock } from './ledger/state-lock.ts';
import { DaemonMetrics } from './metrics/daemon-metrics.ts';
import { Notifier } from './notify/notifier.ts';
import { Assignments } from './queue/assignments.ts';
import type { AttemptReport } from './queue/attempt-report.ts';
import { Backlog, type DrainSummary } from './queue/backlog.ts';
import type { JobQueue } from './queue/job-queue.ts';
import { QueueHealth } from './queue/queue-health.ts';
import { WorkLoop } from './queue/work-loop.ts';
import type { Rejection } from './rejection.ts';
import { allBundleDirs, type WorkPlan } from './rules/work-plan.ts';
import { NOBODY_LISTENS } from './steps.ts';
import { Upkeep } from './upkeep.ts';

export interface Daemon {
  /**
   * Takes the state folder, opens the queue, begins to watch.
   * @throws {VoxwatchError} `INPUT_NOT_FOUND`, `OUTPUT_NOT_WRITABLE`, `ALREADY_RUNNING` or `QUEUE_FAILED`.
   */
  start(): Promise<void>;
  /** Resolves when all that is in the folder has been seen to its end; for `--once`, after `start`. */
  drain(): Promise<DrainSummary>;
  /** Resolves when something is broken that the daemon cannot mend and cannot do without; it is to be stopped then. */
  readonly broken: Promise<VoxwatchError>;
  /** Works by another plan from the next look on; what is queued or done stays so. */
  follow(plan: WorkPlan): void;
  /** Stops watching, lets the running job end within the time limit, frees everything. May be called often. */
  stop(): Promise<void>;
}

export function createDaemon(dependencies: DaemonDependencies, config: DaemonConfig): Daemon {
  return new WatchingDaemon(dependencies, config);
}

class WatchingDaemon implements Daemon {
  readonly #dependencies: DaemonDependencies;
  readonly #config: DaemonConfig;
  readonly #intake: FolderIntake;
  readonly #backlog: Backlog;
  readonly #assignments: Assignments;
  readonly #metrics = new DaemonMetrics();
  readonly #upkeep: Upkeep;
  readonly #goldenCheck: GoldenCheck;
  readonly #notifier: Notifier;
  readonly #queueHealth = new QueueHealth(() => this.#offerAllAgain());
  #plan: WorkPlan;
  #isRunning = false;
  #statusServer: StatusServer | undefined;
  /** Whether everything was seen to its end; false if the daemon was stopped before. */
  readonly #drained: Promise<boolean>;
  #markDrained: (isDone: boolean) => void = () => {};
  #lock: StateLock | undefined;
  #queue: Promise<JobQueue> | undefined;
  #looks: FolderLooks | undefined;
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
    const { openIntake, plan, logger, removeLeftovers } = dependencies;
    this.#plan = plan;
    this.#upkeep = new Upkeep(config, logger, removeLeftovers);
    this.#backlog = new Backlog({ isRetrying: !config.once, reofferMs: config.leaseMs / 2, nowMs });
    this.#assignments = new Assignments(config.database === undefined ? undefined : join(config.stateDir, 'assignments'));
    this.#goldenCheck = this.#createGoldenCheck();
    this.#notifier = new Notifier(config, logger, (outcome) => this.#metrics.notificationEnded(outcome));
    this.#intake = openIntake(config.inDir, policyOf(config));
  }

  get broken(): Promise<VoxwatchError> {
    return this.#queueHealth.givenUp;
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
    this.#looks?.wake();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #start(): Promise<void> {
    const { logger, openQueue } = this.#dependencies;
    const { inDir, outDir, stateDir, database, role, http, httpToken } = this.#config;
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
    await this.#upkeep.removeLeftovers(isAlone);
    const ledger = await Ledger.open(join(stateDir, 'ledger'));
    await this.#notifier.open();
    // Opening the embedded queue takes seconds: the first looks go on meanwhile.
    this.#queue = openQueue(this.#queueHealth);
    const dispatch = this.#createDispatch(ledger, this.#queue);
    this.#looks = this.#startLooks(ledger, dispatch);
    const queue = await this.#queue;
    if (role !== 'intake') {
      this.#workLoop = this.#createWorkLoop(ledger, queue, dispatch);
      this.#workLoop.start();
      this.#goldenCheck.start();
    }
    this.#isRunning = true;
    this.#metrics.begin();
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
      this.#goldenCheck.close();
      await this.#looks?.stop();
      await this.#workLoop?.stop(this.#config.stopTimeoutMs);
      await this.#dependencies.runner.close();
      const queue = await this.#queue?.catch(() => undefined);
      await queue?.close().catch(() => {});
      await this.#notifier.close();
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
      atStep: this.#dependencies.atStep ?? NOBODY_LISTENS,
      onOutcome: (kind, code) => {
        this.#metrics.inputEnded(kind, code);
        this.#notifier.tell({ event: kind, code });
      },
      reject: this.#reject,
      enqueue: async (job, priority) => {
        await (await opening).add(job, priority);
        this.#workLoop?.wake();
      },
    });
  }

  #startLooks(ledger: Ledger, dispatch: Dispatch): FolderLooks {
    return new FolderLooks(this.#config, {
      intake: this.#intake,
      dispatch,
      ledger,
      backlog: this.#backlog,
      upkeep: this.#upkeep,
      studyQuietPeriodMs: () => studyQuietPeriodOf(this.#plan, this.#config),
      logger: this.#dependencies.logger,
      isLineStopped: () => this.#goldenCheck.isLineStopped,
      onFailed: () => this.#metrics.lookFailed(),
      onDrained: () => this.#markDrained(true),
    });
  }

  #createWorkLoop(ledger: Ledger, queue: JobQueue, dispatch: Dispatch): WorkLoop {
    const { runner, logger, atStep = NOBODY_LISTENS } = this.#dependencies;
    const { outDir, stateDir, provider, precision, overlays, after, database } = this.#config;
    return new WorkLoop({ outDir, provider, precision, overlays }, after, {
      queue,
      isShared: database !== undefined,
      runner,
      ledger,
      revisions: new Revisions(join(stateDir, REVISIONS_FOLDER)),
      logger,
      reject: this.#reject,
      assignments: this.#assignments,
      atStep,
      settle: (assignment) => dispatch.settle(assignment),
      isPaused: () => this.#upkeep.isPaused || this.#goldenCheck.isHolding,
      onEnd: (fingerprint, report) => this.#onEnd(fingerprint, report),
    });
  }

  #createGoldenCheck(): GoldenCheck {
    const { runner, logger } = this.#dependencies;
    const { provider, precision, goldenCheckHours: intervalHours } = this.#config;
    return new GoldenCheck({
      ...{ runner, logger, provider, precision, intervalHours },
      bundleDirs: () => allBundleDirs(this.#plan),
      onChecked: (outcome) => this.#metrics.goldenChecked(outcome),
      onChange: (code) => {
        this.#notifier.tell(code === undefined ? { event: 'line-resumed' } : { event: 'line-stopped', code });
        if (code === undefined) this.#looks?.wake();
      },
    });
  }

  readonly #reject = (rejection: Rejection): Promise<string> => this.#dependencies.publishRejection(this.#config.outDir, rejection);

  #pages(): StatusPages {
    return daemonPages({
      metrics: this.#metrics,
      backlog: this.#backlog,
      upkeep: this.#upkeep,
      isLineStopped: () => this.#goldenCheck.isLineStopped,
      isRunning: () => this.#isRunning,
      isQueueAway: () => this.#queueHealth.isAway,
      lookAgeMs: () => this.#looks?.ageMs ?? 0,
      scanIntervalMs: this.#config.scanIntervalMs,
    });
  }

  #offerAllAgain(): void {
    this.#backlog.renewOffers();
    this.#looks?.wake();
    this.#workLoop?.wake();
  }

  #onEnd(fingerprint: string, report: AttemptReport): void {
    this.#metrics.attemptEnded(report);
    this.#notifier.tellAttempt(report);
    this.#backlog.end(fingerprint, report.end, report.error);
    if (this.#backlog.size === 0) this.#dependencies.logger.info('daemon.idle');
    // What is to be tried again, or waits for nobody any more, is found by the next look.
    if (report.end !== 'published' || this.#backlog.size === 0) this.#looks?.wake();
  }
}
