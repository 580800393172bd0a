/**
 * The daemon: watched folder → series → jobs → published results. Wires intake, queue, worker and ledger, and owns their
 * lifetimes; what a job does is the runner's.
 * @module
 */
import { join } from 'node:path';
import { asVoxwatchError } from '../core/errors.ts';
import { checkInputFolder, makeWritableFolder } from './check-folders.ts';
import type { DaemonConfig } from './config.ts';
import type { DaemonDependencies } from './daemon-dependencies.ts';
import { Dispatch } from './dispatch.ts';
import { GoldenCheck } from './golden-check.ts';
import { daemonPages } from './http/daemon-pages.ts';
import { type StatusPages, type StatusServer, startStatusServer } from './http/status-server.ts';
import { Intake } from './intake/intake.ts';
import { type LookLoop, startLookLoop } from './intake/look-loop.ts';
import { type FolderEvents, watchFolder } from './intake/watch-folder.ts';
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
import { WorkLoop } from './queue/work-loop.ts';
import type { Rejection } from './rejection.ts';
import { allBundleDirs, type WorkPlan } from './rules/work-plan.ts';
import { NOBODY_LISTENS } from './steps.ts';
import { LEFTOVER_MS, Upkeep } from './upkeep.ts';

/**
 * While something arrives the folder is looked at this often, where no events come too (network shares): each change is seen soon
 * after it was made.
 */
const ARRIVING_LOOK_MS = 500;

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

class WatchingDaemon implements Daemon {
  readonly #dependencies: DaemonDependencies;
  readonly #config: DaemonConfig;
  readonly #intake: Intake;
  readonly #backlog: Backlog;
  readonly #assignments: Assignments;
  readonly #metrics = new DaemonMetrics();
  readonly #upkeep: Upkeep;
  readonly #goldenCheck: GoldenCheck;
  readonly #notifier: Notifier;
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
    const { discover, plan, logger, removeLeftovers } = dependencies;
    this.#plan = plan;
    this.#upkeep = new Upkeep(config, logger, removeLeftovers);
    this.#backlog = new Backlog({ isRetrying: !config.once, reofferMs: config.leaseMs / 2, nowMs });
    this.#assignments = new Assignments(config.database === undefined ? undefined : join(config.stateDir, 'assignments'));
    this.#goldenCheck = this.#createGoldenCheck();
    this.#notifier = new Notifier(config, logger, (outcome) => this.#metrics.notificationEnded(outcome));
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
    const { inDir, outDir, stateDir, database, role, once, scanIntervalMs, http, httpToken } = this.#config;
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
    await removeLeftovers(outDir, isAlone ? 0 : LEFTOVER_MS);
    const ledger = await Ledger.open(join(stateDir, 'ledger'));
    await this.#notifier.open();
    // Opening the embedded queue takes seconds: the first looks go on meanwhile.
    this.#queue = openQueue();
    const dispatch = this.#createDispatch(ledger, this.#queue);
    this.#lookLoop = startLookLoop(() => this.#look(dispatch, ledger), scanIntervalMs);
    if (!once && role !== 'worker') {
      const onError = () => logger.warn('scan.failed', { reason: 'events' });
      this.#events = watchFolder(inDir, () => this.#lookLoop?.wake(), onError);
    }
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
      await this.#events?.close();
      await this.#lookLoop?.stop();
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
        if (code === undefined) this.#lookLoop?.wake();
      },
    });
  }

  readonly #reject = (rejection: Rejection): Promise<string> => this.#dependencies.publishRejection(this.#config.outDir, rejection);

  /** Housekeeping, and with it a look and what follows from it. @returns Milliseconds until the next one is worth while. */
  async #look(dispatch: Dispatch, ledger: Ledger): Promise<number | undefined> {
    const { logger } = this.#dependencies;
    const { inDir, role } = this.#config;
    try {
      const isLooking = role !== 'worker';
      if (isLooking) await this.#upkeep.removeOld(ledger, dispatch.seen);
      await this.#upkeep.checkRoom();
      if (!isLooking) await checkInputFolder(inDir);
      const isPaused = this.#upkeep.isPaused || this.#goldenCheck.isLineStopped;
      const dueInMs = isLooking && !isPaused ? await this.#lookAtFolder(dispatch) : undefined;
      this.#lookedAtMs = performance.now();
      return dueInMs;
    } catch (thrown) {
      logger.error('scan.failed', { errorCode: asVoxwatchError(thrown).code });
      this.#metrics.lookFailed();
      return undefined;
    }
  }

  async #lookAtFolder(dispatch: Dispatch): Promise<number | undefined> {
    const startMs = performance.now();
    this.#backlog.beginLook();
    const look = await this.#intake.look();
    await dispatch.act(look);
    const { files, waiting: total, isArriving, dueInMs } = look;
    const durationMs = Math.round(performance.now() - startMs);
    if (this.#backlog.endLook(total)) this.#dependencies.logger.info('scan.done', { files, total, durationMs });
    if (this.#backlog.isDrained) this.#markDrained(true);
    return isArriving && dueInMs !== undefined ? Math.min(dueInMs, ARRIVING_LOOK_MS) : dueInMs;
  }

  #pages(): StatusPages {
    return daemonPages({
      metrics: this.#metrics,
      backlog: this.#backlog,
      upkeep: this.#upkeep,
      isLineStopped: () => this.#goldenCheck.isLineStopped,
      isRunning: () => this.#isRunning,
      lookAgeMs: () => performance.now() - this.#lookedAtMs,
      scanIntervalMs: this.#config.scanIntervalMs,
    });
  }

  #onEnd(fingerprint: string, report: AttemptReport): void {
    this.#metrics.attemptEnded(report);
    this.#notifier.tellAttempt(report);
    this.#backlog.end(fingerprint, report.end, report.error);
    if (this.#backlog.size === 0) this.#dependencies.logger.info('daemon.idle');
    // What is to be tried again is found by the next look.
    this.#lookLoop?.wake();
  }
}
