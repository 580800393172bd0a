/**
 * The daemon: watched folder → series → jobs → published results. Wires intake, queue, worker and ledger, and owns their
 * lifetimes; what a job does is the runner's.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asVoxwatchError, VoxwatchError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { checkInputFolder, makeWritableFolder } from './check-folders.ts';
import type { DaemonConfig } from './config.ts';
import type { CompletenessPolicy } from './intake/completeness.ts';
import type { Discovery } from './intake/discovered-series.ts';
import { Intake, type ReadySeries, type RefusedInput } from './intake/intake.ts';
import { type LookLoop, startLookLoop } from './intake/look-loop.ts';
import { type FolderEvents, watchFolder } from './intake/watch-folder.ts';
import type { JobRunner } from './job/job.ts';
import { Ledger, type LedgerOutcome } from './ledger/ledger.ts';
import { acquireStateLock, type StateLock } from './ledger/state-lock.ts';
import { Backlog, type DrainSummary } from './queue/backlog.ts';
import type { JobQueue } from './queue/job-queue.ts';
import { openQueue } from './queue/open-queue.ts';
import { type AttemptEnd, WorkLoop } from './queue/work-loop.ts';
import { type Settlement, settleInput } from './settle-input.ts';

/** Why an input has no result. */
export interface Rejection {
  readonly outDir: string;
  readonly name: string;
  /** Of the input: rejecting it twice gives one report. */
  readonly fingerprint: string;
  readonly code: string;
  readonly message: string;
}

/** What the daemon is given; tests give fakes. */
export interface DaemonDependencies {
  readonly discover: (path: string) => Promise<Discovery>;
  readonly runner: JobRunner;
  /** Writes `<out>/rejected/<name>/report.json`; returns the folder below the output folder. */
  readonly publishRejection: (rejection: Rejection) => Promise<string>;
  /** Removes unfinished results that a killed process left in the output folder. */
  readonly removeLeftovers: (outDir: string) => Promise<void>;
  readonly bundleDirs: readonly string[];
  /** Digest of the bundles: other bundles make other jobs of the same files. */
  readonly bundlesDigest: string;
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
  /** Stops watching, lets the running job end within the time limit, frees everything. May be called often. */
  stop(): Promise<void>;
}

/** With `--once` nothing arrives any more: what does not change is all there is. */
function policyOf({ once, quietPeriodMs, longQuietPeriodMs, incompleteTimeoutMs }: DaemonConfig): CompletenessPolicy {
  return once
    ? { quietPeriodMs, longQuietPeriodMs: quietPeriodMs, incompleteTimeoutMs: quietPeriodMs }
    : { quietPeriodMs, longQuietPeriodMs, incompleteTimeoutMs };
}

export function createDaemon(dependencies: DaemonDependencies, config: DaemonConfig): Daemon {
  return new WatchingDaemon(dependencies, config);
}

class WatchingDaemon implements Daemon {
  readonly #dependencies: DaemonDependencies;
  readonly #config: DaemonConfig;
  readonly #intake: Intake;
  readonly #backlog: Backlog;
  readonly #drained: Promise<void>;
  #markDrained: () => void = () => {};
  /** Results whose presence was checked since the start. */
  readonly #checkedResults = new Set<string>();
  #lock: StateLock | undefined;
  #ledger: Ledger | undefined;
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
    this.#backlog = new Backlog({ isRetrying: !config.once, nowMs });
    this.#intake = new Intake(config.inDir, policyOf(config), {
      discover: dependencies.discover,
      nowMs,
      workKey: dependencies.bundlesDigest,
    });
  }

  start(): Promise<void> {
    this.#starting ??= this.#start().catch(async (thrown) => {
      await this.#release();
      throw thrown;
    });
    return this.#starting;
  }

  async drain(): Promise<DrainSummary> {
    await this.#drained;
    return this.#backlog.summary();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #start(): Promise<void> {
    const { logger, removeLeftovers } = this.#dependencies;
    const { inDir, outDir, stateDir, database, once, scanIntervalMs } = this.#config;
    await checkInputFolder(inDir);
    await makeWritableFolder(outDir);
    await makeWritableFolder(stateDir);
    this.#lock = await acquireStateLock(stateDir);
    await removeLeftovers(outDir);
    const ledger = await Ledger.open(join(stateDir, 'ledger'));
    this.#ledger = ledger;
    // Opening the embedded queue takes seconds: the first looks go on meanwhile.
    this.#queue = openQueue(stateDir, database, logger);
    this.#lookLoop = startLookLoop(() => this.#look(), scanIntervalMs);
    if (!once) {
      const onError = () => logger.warn('scan.failed', { reason: 'events' });
      this.#events = watchFolder(inDir, () => this.#lookLoop?.wake(), onError);
    }
    this.#startWork(await this.#queue, ledger);
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
      await this.#events?.close();
      await this.#lookLoop?.stop();
      await this.#workLoop?.stop(this.#config.stopTimeoutMs);
      await this.#dependencies.runner.close();
      const queue = await this.#queue?.catch(() => undefined);
      await queue?.close().catch(() => {});
      await this.#lock?.release();
      this.#markDrained();
    })();
    return this.#releasing;
  }

  #startWork(queue: JobQueue, ledger: Ledger): void {
    const { runner, logger, bundleDirs } = this.#dependencies;
    const { outDir, provider, overlays, after } = this.#config;
    this.#workLoop = new WorkLoop({ bundleDirs, outDir, provider, overlays }, after, {
      queue,
      runner,
      ledger,
      logger,
      reject: (name, fingerprint, code, message) => this.#publishRejection({ outDir, name, fingerprint, code, message }),
      settle: (job) => this.#settle(job),
      onEnd: (fingerprint, end, error) => this.#onEnd(fingerprint, end, error),
    });
    this.#workLoop.start();
  }

  /** One look and what follows from it. @returns Milliseconds until the next one is worth while. */
  async #look(): Promise<number | undefined> {
    const { logger } = this.#dependencies;
    try {
      const startMs = performance.now();
      this.#backlog.beginLook();
      const look = await this.#intake.look();
      for (const refused of look.refused) await this.#refuse(refused);
      for (const ready of look.ready) await this.#submit(ready);
      const durationMs = Math.round(performance.now() - startMs);
      if (this.#backlog.endLook(look.waiting)) {
        logger.info('scan.done', { files: look.files, total: look.ready.length + look.refused.length, durationMs });
      }
      if (this.#backlog.isDrained) this.#markDrained();
      return look.dueInMs;
    } catch (thrown) {
      logger.error('scan.failed', { errorCode: asVoxwatchError(thrown).code });
      return undefined;
    }
  }

  async #submit(ready: ReadySeries): Promise<void> {
    const { fingerprint, series, evidence } = ready;
    const entry = this.#openLedger().get(fingerprint);
    if (entry.outcome !== undefined) {
      await this.#confirm(ready, entry.outcome);
      return;
    }
    if (!this.#backlog.mayAdd(fingerprint)) return;
    const queue = await this.#queue;
    const jobId = randomUUID();
    this.#backlog.add(fingerprint);
    try {
      // What was begun often comes last: if it is what kills the daemon, the others get done.
      await queue?.add({ ...ready, jobId }, -entry.starts);
    } catch (thrown) {
      this.#backlog.drop(fingerprint);
      throw thrown;
    }
    const { logger } = this.#dependencies;
    logger.info('series.complete', { jobId, files: series.files.length, state: evidence.state });
    logger.info('job.queued', { jobId });
    this.#workLoop?.wake();
  }

  /** An input that has its outcome from before. */
  async #confirm(ready: ReadySeries, outcome: LedgerOutcome): Promise<void> {
    if (outcome.kind !== 'published') this.#backlog.noteRefused(ready.fingerprint);
    if (this.#checkedResults.has(ready.fingerprint)) return;
    this.#checkedResults.add(ready.fingerprint);
    // Who deletes a result may want it gone: it is not made again, but said.
    const isThere = await stat(join(this.#config.outDir, outcome.folder)).catch(() => undefined);
    if (isThere === undefined) this.#dependencies.logger.warn('result.missing');
    // Killed between publishing and settling.
    const { inputFate } = this.#openLedger().get(ready.fingerprint);
    if (inputFate === 'move' || inputFate === 'delete') await this.#settle(ready);
  }

  async #refuse({ fingerprint, name, code, message }: RefusedInput): Promise<void> {
    const ledger = this.#openLedger();
    const entry = ledger.get(fingerprint);
    if (entry.outcome === undefined) {
      const folder = await this.#publishRejection({ outDir: this.#config.outDir, name, fingerprint, code, message });
      await ledger.put({ ...entry, outcome: { kind: 'refused', folder, code } });
      this.#dependencies.logger.warn('series.rejected', { errorCode: code });
    }
    // A file that is no image at all, say a readme, is no failed input.
    if (code !== 'INPUT_UNKNOWN_FORMAT') this.#backlog.noteRefused(fingerprint);
  }

  #publishRejection(rejection: Rejection): Promise<string> {
    return this.#dependencies.publishRejection(rejection);
  }

  /** Settles the input of a published result as its ledger entry says. Its failure harms no result: it is logged. */
  async #settle({ fingerprint, facts }: ReadySeries): Promise<void> {
    const { logger } = this.#dependencies;
    const ledger = this.#openLedger();
    const entry = ledger.get(fingerprint);
    const settlement = this.#settlementFor(entry.inputFate);
    try {
      const files = await settleInput(facts, settlement);
      await ledger.put({ ...entry, inputFate: 'settled' });
      logger.info(SETTLED_EVENTS[settlement.kind], { files });
    } catch (thrown) {
      logger.error('input.kept', { errorCode: asVoxwatchError(thrown).code });
    }
  }

  #settlementFor(fate: string | undefined): Settlement {
    const { inDir, afterDir } = this.#config;
    if (fate === 'move' && afterDir !== undefined) return { kind: 'move', inDir, afterDir };
    return fate === 'delete' ? { kind: 'delete', inDir } : { kind: 'keep' };
  }

  #onEnd(fingerprint: string, end: AttemptEnd, error: VoxwatchError | undefined): void {
    this.#backlog.end(fingerprint, end, error);
    if (end === 'published' || end === 'refused' || end === 'set-aside') {
      if (this.#backlog.size === 0) this.#dependencies.logger.info('daemon.idle');
    }
    // What is to be tried again is found by the next look.
    this.#lookLoop?.wake();
  }

  #openLedger(): Ledger {
    if (this.#ledger === undefined) throw new VoxwatchError('INTERNAL', 'The daemon has not been started.');
    return this.#ledger;
  }
}

const SETTLED_EVENTS = { keep: 'input.kept', move: 'input.moved', delete: 'input.deleted' } as const;
