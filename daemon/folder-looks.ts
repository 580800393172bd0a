/**
 * The daemon's looks at the watched folder: each with its housekeeping before it and what follows from it after it; again and
 * again, and soon after something has changed.
 * @module
 */
import { asVoxwatchError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { checkInputFolder } from './check-folders.ts';
import type { DaemonConfig } from './config.ts';
import type { Dispatch } from './dispatch.ts';
import type { FolderIntake } from './intake/folder-intake.ts';
import { type LookLoop, type NextLook, startLookLoop } from './intake/look-loop.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Backlog } from './queue/backlog.ts';
import type { Upkeep } from './upkeep.ts';

/**
 * While something arrives the folder is looked at this often, where no events come too (network shares): each change is seen soon
 * after it was made.
 */
const ARRIVING_LOOK_MS = 500;

export interface LookDependencies {
  readonly intake: FolderIntake;
  readonly dispatch: Dispatch;
  readonly ledger: Ledger;
  readonly backlog: Backlog;
  readonly upkeep: Upkeep;
  /** How long a study must have been quiet, by the plan that holds now; absent: it need not. */
  readonly studyQuietPeriodMs: () => number | undefined;
  readonly logger: Logger;
  /** Whether nothing may be taken up for another reason than room. */
  readonly isLineStopped: () => boolean;
  readonly onFailed: () => void;
  /** All that was in the folder has been seen to its end. */
  readonly onDrained: () => void;
}

export class FolderLooks {
  readonly #config: DaemonConfig;
  readonly #dependencies: LookDependencies;
  readonly #loop: LookLoop;
  #lookedAtMs = performance.now();
  #isStopping = false;

  /** Begins to look. */
  constructor(config: DaemonConfig, dependencies: LookDependencies) {
    const { once, role, scanIntervalMs } = config;
    this.#config = config;
    this.#dependencies = dependencies;
    this.#loop = startLookLoop(() => this.#look(), scanIntervalMs);
    if (once || role === 'worker') return;
    const onError = () => dependencies.logger.warn('scan.failed', { reason: 'events' });
    dependencies.intake.watch(() => this.wake(), onError);
  }

  /** Since the last look ended without an error. */
  get ageMs(): number {
    return performance.now() - this.#lookedAtMs;
  }

  /** Looks soon. */
  wake(): void {
    this.#loop.wake();
  }

  /** Ends; of a look in progress, what it has led to so far. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const ended = this.#loop.stop();
    await this.#dependencies.intake.close();
    await ended;
  }

  async #look(): Promise<NextLook> {
    const { dispatch, ledger, upkeep, logger, isLineStopped, onFailed } = this.#dependencies;
    const { inDir, role } = this.#config;
    try {
      const isLooking = role !== 'worker';
      if (isLooking) await upkeep.removeOld(ledger, dispatch.seen);
      await upkeep.checkRoom();
      if (!isLooking) await checkInputFolder(inDir);
      const isPaused = upkeep.isPaused || isLineStopped();
      const next = isLooking && !isPaused ? await this.#lookAtFolder() : {};
      this.#lookedAtMs = performance.now();
      return next;
    } catch (thrown) {
      if (this.#isStopping) return {};
      logger.error('scan.failed', { errorCode: asVoxwatchError(thrown).code });
      onFailed();
      return {};
    }
  }

  async #lookAtFolder(): Promise<NextLook> {
    const { intake, dispatch, backlog, logger, studyQuietPeriodMs, onDrained } = this.#dependencies;
    const startMs = performance.now();
    backlog.beginLook();
    const look = await intake.look(studyQuietPeriodMs());
    await dispatch.act(look);
    const { files, waiting: total, isArriving, dueInMs, listingMs: costMs } = look;
    const durationMs = Math.round(performance.now() - startMs);
    if (backlog.endLook(total)) logger.info('scan.done', { files, total, durationMs });
    if (backlog.isDrained) onDrained();
    return { dueInMs: isArriving && dueInMs !== undefined ? Math.min(dueInMs, ARRIVING_LOOK_MS) : dueInMs, costMs };
  }
}
