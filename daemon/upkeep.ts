/**
 * The daemon's housekeeping: it takes up nothing while there is no room for results, and removes what is too old.
 * @module
 */
import { asVoxwatchError, VoxwatchError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { DaemonConfig } from './config.ts';
import { DiskGuard } from './disk-guard.ts';
import { removeUnfinished } from './ledger/durable-file.ts';
import type { Ledger } from './ledger/ledger.ts';
import { applyRetention } from './retention.ts';

/** No study and no file takes so long: what is older was left by a process that is gone. */
const LEFTOVER_MS = 3_600_000;
/** How often what is too old is looked for. */
const RETENTION_INTERVAL_MS = 3_600_000;

export class Upkeep {
  readonly #config: DaemonConfig;
  readonly #logger: Logger;
  readonly #disk: DiskGuard;
  readonly #removeResults: (outDir: string, olderThanMs: number) => Promise<void>;
  #isPaused = false;
  #nextRetentionMs = Number.NEGATIVE_INFINITY;

  /** @param removeResults - Removes unfinished results that are older than so many milliseconds. */
  constructor(config: DaemonConfig, logger: Logger, removeResults: (outDir: string, olderThanMs: number) => Promise<void>) {
    this.#removeResults = removeResults;
    this.#config = config;
    this.#logger = logger;
    this.#disk = new DiskGuard([config.outDir, config.stateDir], config.minFreeMb);
  }

  /** Whether nothing may be taken up: there is no room. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  get freeBytes(): number | undefined {
    return this.#disk.freeBytes;
  }

  /** @throws {VoxwatchError} `OUTPUT_NOT_WRITABLE` with `once`, which cannot wait for room. */
  async checkRoom(): Promise<void> {
    await this.#disk.check();
    const { isFull } = this.#disk;
    if (isFull && this.#config.once) {
      const message = `Less than ${this.#config.minFreeMb} MB is left for results: free some, or ask for less with --min-free-mb.`;
      throw new VoxwatchError('OUTPUT_NOT_WRITABLE', message);
    }
    if (isFull !== this.#isPaused) this.#logger.warn(isFull ? 'intake.paused' : 'intake.resumed', { reason: 'disk-space' });
    this.#isPaused = isFull;
  }

  /**
   * Removes what processes that were killed left half-written in the output and the state folder.
   * @param isAlone - Whether nobody else writes there; what is young may be another daemon's otherwise.
   */
  async removeLeftovers(isAlone: boolean): Promise<void> {
    const olderThanMs = isAlone ? 0 : LEFTOVER_MS;
    await this.#removeResults(this.#config.outDir, olderThanMs);
    await removeUnfinished(this.#config.stateDir, olderThanMs);
  }

  /**
   * Removes what is too old, once in a while.
   * @param seen - Fingerprints of what lies in the watched folder; absent before it was looked at: nothing is forgotten then.
   */
  async removeOld(ledger: Ledger, seen: ReadonlySet<string> | undefined): Promise<void> {
    if (performance.now() < this.#nextRetentionMs) return;
    this.#nextRetentionMs = performance.now() + RETENTION_INTERVAL_MS;
    try {
      // A worker that was killed leaves one behind, also while this daemon lives.
      await this.removeLeftovers(false);
      const removed = await applyRetention(this.#config, ledger, seen);
      if (removed > 0) this.#logger.info('retention.done', { total: removed });
    } catch (thrown) {
      this.#logger.error('retention.failed', { errorCode: asVoxwatchError(thrown).code });
    }
  }
}
