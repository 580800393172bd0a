/**
 * What a look at the folder leads to: the rules say which series go where; new ones go to the queue, refused input and
 * what the rules leave alone get their report, and what has its outcome from before is left alone.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asVoxwatchError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { Breather } from './breather.ts';
import type { DaemonConfig } from './config.ts';
import type { Look, ReadySeries } from './intake/intake.ts';
import type { InputFate, Ledger, LedgerEntry, LedgerOutcome } from './ledger/ledger.ts';
import type { Assignment, Assignments } from './queue/assignments.ts';
import type { Backlog } from './queue/backlog.ts';
import type { QueuedJob } from './queue/job-queue.ts';
import type { Rejection } from './rejection.ts';
import { decideSeries, type SeriesChoice, type SeriesDecision } from './rules/decide-series.ts';
import { bundleDirsOf, jobFingerprint, judgementFingerprint, type WorkPlan } from './rules/work-plan.ts';
import { type Settlement, settleInput } from './settle-input.ts';
import type { AtStep } from './steps.ts';

export interface DispatchDependencies {
  readonly ledger: Ledger;
  readonly backlog: Backlog;
  readonly assignments: Assignments;
  readonly logger: Logger;
  /** The plan that holds now. */
  readonly plan: () => WorkPlan;
  readonly enqueue: (job: QueuedJob, priority: number) => Promise<void>;
  /** Writes the report of an input without result; returns its folder below the output folder. */
  readonly reject: (rejection: Rejection) => Promise<string>;
  readonly atStep: AtStep;
  /** An input got its outcome without a job. */
  readonly onOutcome: (kind: 'refused' | 'not-chosen', code: string) => void;
}

const SETTLED_EVENTS = { move: 'input.moved', delete: 'input.deleted' } as const;

export class Dispatch {
  readonly #config: DaemonConfig;
  readonly #dependencies: DispatchDependencies;
  /** Outcomes from before that were confirmed since the start. */
  readonly #confirmed = new Set<string>();
  #seen: Set<string> | undefined;

  constructor(config: DaemonConfig, dependencies: DispatchDependencies) {
    this.#config = config;
    this.#dependencies = dependencies;
  }

  /** @throws {VoxwatchError} What the queue or the disk threw; the next look tries again. */
  async act({ refused, ready }: Look): Promise<void> {
    const seen = new Set<string>();
    const breather = new Breather();
    for (const input of refused) {
      await breather.breathe();
      await this.#refuse(input, seen);
    }
    const assigned = await this.#assign(ready, seen);
    this.#seen = seen;
    await this.#dependencies.assignments.replace(assigned);
    for (const assignment of assigned) {
      await breather.breathe();
      await this.#submit(assignment);
    }
  }

  /** Fingerprints, as the ledger has them, of everything that the last look met; absent before the first. */
  get seen(): ReadonlySet<string> | undefined {
    return this.#seen;
  }

  /**
   * Keeps, moves or deletes the input of a published result, as its ledger entry says. A failure harms no result and is
   * tried again at the next start.
   */
  async settle({ fingerprint, facts }: Pick<Assignment, 'fingerprint' | 'facts'>): Promise<void> {
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

  /** Series → those that go to bundles, by the rules. */
  async #assign(ready: readonly ReadySeries[], seen: Set<string>): Promise<readonly Assignment[]> {
    const plan = this.#dependencies.plan();
    const traits = ready.map(({ series }) => series.traits ?? { kind: series.kind, slices: series.files.length });
    const decisions = decideSeries(traits, plan.rules, plan.defaultBundles);
    const assigned: Assignment[] = [];
    const breather = new Breather();
    for (const [index, series] of ready.entries()) {
      await breather.breathe();
      const choice = await this.#choiceFor(series, decisions[index] as SeriesDecision, plan, seen);
      if (choice === undefined) continue;
      const { bundles, provider } = choice;
      const fingerprint = jobFingerprint(plan, series.fingerprint, bundles);
      seen.add(fingerprint);
      assigned.push({ ...series, fingerprint, bundleDirs: bundleDirsOf(plan, bundles), jobClass: provider ?? 'any' });
    }
    return assigned;
  }

  /**
   * What was once said about an input holds while the rules do: the best series of a study may be gone by now (moved, with
   * its result), and the second best is not to step into its place.
   * @returns nothing if the series is not chosen; then its report is written.
   */
  async #choiceFor(
    ready: ReadySeries,
    decision: SeriesDecision,
    plan: WorkPlan,
    seen: Set<string>,
  ): Promise<SeriesChoice | undefined> {
    const { ledger, logger, reject, onOutcome } = this.#dependencies;
    if (decision.kind === 'chosen' && !plan.rules.oneSeriesPerStudy) return decision;
    const fingerprint = judgementFingerprint(plan, ready.fingerprint);
    seen.add(fingerprint);
    const entry = await this.#entryOf(fingerprint);
    if (entry.outcome?.kind === 'not-chosen') return undefined;
    if (entry.outcome?.kind === 'chosen') return entry.outcome;
    if (decision.kind === 'chosen') {
      const { bundles, provider } = decision;
      await ledger.put({ ...entry, outcome: { kind: 'chosen', bundles, ...(provider && { provider }) } });
      return decision;
    }
    const { code, message } = decision;
    const { series, evidence } = ready;
    const { name, findings } = series;
    const folder = await reject({ status: 'not-chosen', name, fingerprint, code, message, evidence, findings });
    await ledger.put({ ...entry, outcome: { kind: 'not-chosen', folder, code } });
    logger.info('series.not-chosen', { reason: code, files: series.files.length });
    onOutcome('not-chosen', code);
    return undefined;
  }

  async #submit(assignment: Assignment): Promise<void> {
    const { backlog, assignments, logger, enqueue } = this.#dependencies;
    const { fingerprint, series, evidence } = assignment;
    const { outcome, starts } = await this.#entryOf(fingerprint);
    if (outcome !== undefined) {
      // Another daemon has done what this one has queued.
      if (this.#isShared) backlog.drop(fingerprint);
      await this.#confirm(assignment, outcome);
      return;
    }
    const jobId = randomUUID();
    const offer = async (): Promise<void> => {
      await assignments.share(assignment);
      // What was begun often comes last: if it is what kills the daemon, the others get done.
      await enqueue({ jobId, fingerprint, jobClass: assignment.jobClass, handBacks: 0 }, -starts);
    };
    if (backlog.takeOffer(fingerprint)) await offer();
    if (!backlog.mayAdd(fingerprint)) return;
    backlog.add(fingerprint);
    logger.info('series.complete', { jobId, files: series.files.length, state: evidence.state });
    try {
      await offer();
    } catch (thrown) {
      backlog.drop(fingerprint);
      throw thrown;
    }
    logger.info('job.queued', { jobId });
    this.#dependencies.atStep('job-queued');
  }

  async #confirm(assignment: Assignment, outcome: LedgerOutcome): Promise<void> {
    const { ledger, backlog, logger } = this.#dependencies;
    const { fingerprint } = assignment;
    if (outcome.kind !== 'published') backlog.noteRefused(fingerprint);
    if (this.#confirmed.has(fingerprint)) return;
    this.#confirmed.add(fingerprint);
    // Who deletes a result may want it gone: it is not made again, but said.
    const result = 'folder' in outcome && (await stat(join(this.#config.outDir, outcome.folder)).catch(() => undefined));
    if (!result) logger.warn('result.missing');
    // Killed between publishing and settling.
    const { inputFate } = ledger.get(fingerprint);
    if (inputFate === 'move' || inputFate === 'delete') await this.settle(assignment);
  }

  async #refuse(rejection: Rejection, seen: Set<string>): Promise<void> {
    const { fingerprint, code } = rejection;
    const { ledger, backlog, logger, reject, onOutcome } = this.#dependencies;
    seen.add(fingerprint);
    const entry = await this.#entryOf(fingerprint);
    if (entry.outcome === undefined) {
      const folder = await reject(rejection);
      await ledger.put({ ...entry, outcome: { kind: 'refused', folder, code } });
      logger.warn('series.rejected', { errorCode: code });
      onOutcome('refused', code);
    }
    // A file that is no image at all, say a readme, is no failed input.
    if (code !== 'INPUT_UNKNOWN_FORMAT') backlog.noteRefused(fingerprint);
  }

  get #isShared(): boolean {
    return this.#config.database !== undefined;
  }

  /** The entry of an input, as other daemons may have written it. */
  #entryOf(fingerprint: string): LedgerEntry | Promise<LedgerEntry> {
    const { ledger } = this.#dependencies;
    return this.#isShared ? ledger.reread(fingerprint) : ledger.get(fingerprint);
  }

  #settlementFor(fate: InputFate | undefined): Settlement {
    const { inDir, afterDir } = this.#config;
    if (fate === 'move' && afterDir !== undefined) return { kind: 'move', inDir, afterDir };
    return fate === 'delete' ? { kind: 'delete', inDir } : { kind: 'keep' };
  }
}
