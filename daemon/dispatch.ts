/**
 * What a look at the folder leads to: new series go to the queue, refused input gets its report, and what has its outcome
 * from before is left alone.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asVoxwatchError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { DaemonConfig } from './config.ts';
import type { Look, ReadySeries } from './intake/intake.ts';
import type { InputFate, Ledger, LedgerOutcome } from './ledger/ledger.ts';
import type { Backlog } from './queue/backlog.ts';
import type { QueuedJob } from './queue/job-queue.ts';
import type { Rejection } from './rejection.ts';
import { type Settlement, settleInput } from './settle-input.ts';

export interface DispatchDependencies {
  readonly ledger: Ledger;
  readonly backlog: Backlog;
  readonly logger: Logger;
  readonly enqueue: (job: QueuedJob, priority: number) => Promise<void>;
  /** Writes the report of an input without result; returns its folder below the output folder. */
  readonly reject: (rejection: Rejection) => Promise<string>;
}

const SETTLED_EVENTS = { move: 'input.moved', delete: 'input.deleted' } as const;

export class Dispatch {
  readonly #config: DaemonConfig;
  readonly #dependencies: DispatchDependencies;
  /** Outcomes from before that were confirmed since the start. */
  readonly #confirmed = new Set<string>();

  constructor(config: DaemonConfig, dependencies: DispatchDependencies) {
    this.#config = config;
    this.#dependencies = dependencies;
  }

  /** @throws {VoxwatchError} What the queue or the disk threw; the next look tries again. */
  async act({ refused, ready }: Look): Promise<void> {
    for (const input of refused) await this.#refuse(input);
    for (const series of ready) await this.#submit(series);
  }

  /**
   * Keeps, moves or deletes the input of a published result, as its ledger entry says. A failure harms no result and is
   * tried again at the next start.
   */
  async settle({ fingerprint, facts }: Pick<ReadySeries, 'fingerprint' | 'facts'>): Promise<void> {
    const { ledger, logger } = this.#dependencies;
    const entry = ledger.get(fingerprint);
    const settlement = this.#settlementFor(entry.inputFate);
    if (settlement.kind === 'keep') return;
    try {
      const files = await settleInput(facts, settlement);
      await ledger.put({ ...entry, inputFate: 'settled' });
      logger.info(SETTLED_EVENTS[settlement.kind], { files });
    } catch (thrown) {
      logger.error('input.kept', { errorCode: asVoxwatchError(thrown).code });
    }
  }

  async #submit(ready: ReadySeries): Promise<void> {
    const { ledger, backlog, logger, enqueue } = this.#dependencies;
    const { fingerprint, series, evidence } = ready;
    const { outcome, starts } = ledger.get(fingerprint);
    if (outcome !== undefined) {
      await this.#confirm(ready, outcome);
      return;
    }
    if (!backlog.mayAdd(fingerprint)) return;
    const jobId = randomUUID();
    backlog.add(fingerprint);
    logger.info('series.complete', { jobId, files: series.files.length, state: evidence.state });
    try {
      // What was begun often comes last: if it is what kills the daemon, the others get done.
      await enqueue({ ...ready, jobId }, -starts);
    } catch (thrown) {
      backlog.drop(fingerprint);
      throw thrown;
    }
    logger.info('job.queued', { jobId });
  }

  async #confirm(ready: ReadySeries, outcome: LedgerOutcome): Promise<void> {
    const { ledger, backlog, logger } = this.#dependencies;
    if (outcome.kind !== 'published') backlog.noteRefused(ready.fingerprint);
    if (this.#confirmed.has(ready.fingerprint)) return;
    this.#confirmed.add(ready.fingerprint);
    // Who deletes a result may want it gone: it is not made again, but said.
    const result = await stat(join(this.#config.outDir, outcome.folder)).catch(() => undefined);
    if (result === undefined) logger.warn('result.missing');
    // Killed between publishing and settling.
    const { inputFate } = ledger.get(ready.fingerprint);
    if (inputFate === 'move' || inputFate === 'delete') await this.settle(ready);
  }

  async #refuse(rejection: Rejection): Promise<void> {
    const { fingerprint, code } = rejection;
    const { ledger, backlog, logger, reject } = this.#dependencies;
    const entry = ledger.get(fingerprint);
    if (entry.outcome === undefined) {
      const folder = await reject(rejection);
      await ledger.put({ ...entry, outcome: { kind: 'refused', folder, code } });
      logger.warn('series.rejected', { errorCode: code });
    }
    // A file that is no image at all, say a readme, is no failed input.
    if (code !== 'INPUT_UNKNOWN_FORMAT') backlog.noteRefused(fingerprint);
  }

  #settlementFor(fate: InputFate | undefined): Settlement {
    const { inDir, afterDir } = this.#config;
    if (fate === 'move' && afterDir !== undefined) return { kind: 'move', inDir, afterDir };
    return fate === 'delete' ? { kind: 'delete', inDir } : { kind: 'keep' };
  }
}
