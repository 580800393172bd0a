/**
 * One look at the watched folder → what may start, what must be refused, and when to look again.
 *
 * The folder is the truth: each look starts from a fresh snapshot. Only the discovery is remembered, for as long as no
 * file changes.
 * @module
 */
import type { CompletenessEvidence } from '../job/job.ts';
import type { Rejection } from '../rejection.ts';
import { type Company, findCompany, refuseForBroken } from './company.ts';
import { assessCompleteness, type CompletenessPolicy } from './completeness.ts';
import type { DiscoveredSeries, Discovery, SetAside } from './discovered-series.ts';
import { FileStability } from './file-stability.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type FileFact, type FolderSnapshot, takeSnapshot } from './folder-snapshot.ts';
import { hasSentinel } from './sentinel.ts';
import { fileStem, safeName } from './series-name.ts';

export interface ReadySeries {
  /** Of the files as they are. */
  readonly fingerprint: string;
  readonly series: DiscoveredSeries;
  readonly facts: readonly FileFact[];
  readonly evidence: CompletenessEvidence;
}

export interface Look {
  readonly ready: readonly ReadySeries[];
  readonly refused: readonly Rejection[];
  /** Series and files that are still waited for. */
  readonly waiting: number;
  readonly files: number;
  /** Whether any file has changed lately: more may be on their way. */
  readonly isArriving: boolean;
  /** What the next look takes at least, milliseconds: the listing. Files are read once, and that may take much longer. */
  readonly listingMs: number;
  /** Milliseconds until the first of those waited for may be decided, if nothing changes. */
  readonly dueInMs?: number;
}

export interface IntakeDependencies {
  readonly discover: (path: string) => Promise<Discovery>;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  /** How long a study must have been quiet before any of its series may start; absent: a series need not wait for others. */
  readonly studyQuietPeriodMs: () => number | undefined;
}

/** What is to be done about one series or file. */
type Decision =
  | { readonly kind: 'ready'; readonly ready: ReadySeries }
  | { readonly kind: 'refused'; readonly rejection: Rejection }
  | { readonly kind: 'waiting'; readonly dueInMs: number };

/** What one look knows. */
interface Sight {
  readonly snapshot: FolderSnapshot;
  readonly factOf: ReadonlyMap<string, FileFact>;
  readonly nowMs: number;
}

export class Intake {
  readonly #stability = new FileStability();
  readonly #dir: string;
  readonly #policy: CompletenessPolicy;
  readonly #dependencies: IntakeDependencies;
  #known: { readonly digest: string; readonly discovery: Discovery } | undefined;

  constructor(dir: string, policy: CompletenessPolicy, dependencies: IntakeDependencies) {
    this.#dir = dir;
    this.#policy = policy;
    this.#dependencies = dependencies;
  }

  /** @throws {VoxwatchError} `INPUT_NOT_FOUND` if the folder cannot be listed. */
  async look(): Promise<Look> {
    const startMs = performance.now();
    const snapshot = await takeSnapshot(this.#dir);
    const listingMs = performance.now() - startMs;
    const nowMs = this.#dependencies.nowMs();
    this.#stability.observe(snapshot.files, nowMs);
    const settled = snapshot.files.filter(({ path }) => this.#quietForMs(path, nowMs) >= this.#policy.quietPeriodMs);
    const discovery = settled.length === 0 ? { series: [], setAside: [] } : await this.#discoverOnce(settled);
    const factOf = new Map(snapshot.files.map((fact) => [fact.path, fact]));
    return { ...this.#decideAll(discovery, { snapshot, nowMs, factOf }), listingMs };
  }

  /** Files are read anew only when another set of them has settled: a folder of kept studies costs a listing a look. */
  async #discoverOnce(settled: readonly FileFact[]): Promise<Discovery> {
    const digest = fingerprintOf('folder', settled);
    if (this.#known?.digest !== digest) this.#known = { digest, discovery: await this.#dependencies.discover(this.#dir) };
    return this.#known.discovery;
  }

  #decideAll(discovery: Discovery, sight: Sight): Omit<Look, 'listingMs'> {
    const { snapshot, nowMs } = sight;
    const company = findCompany(discovery, snapshot.files, this.#dir, (path) => this.#sinceMs(path, nowMs));
    const claimed = new Set(discovery.series.flatMap(({ files }) => files));
    for (const { broken } of company.values()) for (const { file } of broken) claimed.add(file);
    const decisions = discovery.series.map((series) => this.#decideSeries(series, company.get(series) as Company, sight));
    for (const aside of discovery.setAside) {
      const fact = sight.factOf.get(aside.file);
      if (fact !== undefined && !claimed.has(aside.file)) decisions.push(this.#decideFile(aside, fact, nowMs));
      claimed.add(aside.file);
    }
    // What settled and appears nowhere is of no interest (an index, say); what has not is still to be read.
    for (const { path } of snapshot.files) {
      const dueInMs = this.#policy.quietPeriodMs - this.#quietForMs(path, nowMs);
      if (!claimed.has(path) && dueInMs > 0) decisions.push({ kind: 'waiting', dueInMs });
    }
    const held = this.#holdStudies(discovery.series, decisions, company, nowMs);
    const due = held.flatMap((decision) => (decision.kind === 'waiting' ? [decision.dueInMs] : []));
    return {
      ready: held.flatMap((decision) => (decision.kind === 'ready' ? [decision.ready] : [])),
      refused: held.flatMap((decision) => (decision.kind === 'refused' ? [decision.rejection] : [])),
      waiting: due.length,
      files: snapshot.files.length,
      isArriving: snapshot.files.some(({ path }) => this.#quietForMs(path, nowMs) < this.#policy.longQuietPeriodMs),
      ...(due.length > 0 && { dueInMs: Math.min(...due) }),
    };
  }

  /**
   * Where series of a study are compared, all must be there: whole ones wait for those that still come.
   * @param decisions - Those of `series` first, in their order.
   */
  #holdStudies(
    series: readonly DiscoveredSeries[],
    decisions: readonly Decision[],
    company: ReadonlyMap<DiscoveredSeries, Company>,
    nowMs: number,
  ): readonly Decision[] {
    const quietPeriodMs = this.#dependencies.studyQuietPeriodMs();
    if (quietPeriodMs === undefined) return decisions;
    const dueIn = new Map<string, number>();
    for (const [index, one] of series.entries()) {
      const study = one.traits?.study;
      const decision = decisions[index] as Decision;
      const untilQuietMs = quietPeriodMs - (nowMs - (company.get(one) as Company).lastChangeMs);
      const dueInMs = Math.max(decision.kind === 'waiting' ? decision.dueInMs : 0, untilQuietMs);
      if (study !== undefined && dueInMs > 0) dueIn.set(study, Math.max(dueInMs, dueIn.get(study) ?? 0));
    }
    return decisions.map((decision, index) => {
      const dueInMs = dueIn.get(series[index]?.traits?.study ?? '');
      return dueInMs === undefined || decision.kind !== 'ready' ? decision : { kind: 'waiting', dueInMs };
    });
  }

  #decideSeries(found: DiscoveredSeries, { lastChangeMs, broken }: Company, { snapshot, factOf, nowMs }: Sight): Decision {
    const facts = found.files.flatMap((file) => factOf.get(file) ?? []);
    // A file went between the snapshot and the discovery: the next look sees it.
    if (facts.length < found.files.length) return { kind: 'waiting', dueInMs: 0 };
    const series = refuseForBroken(found, broken);
    const arrival = {
      lastChangeMs,
      hasSentinel: hasSentinel(series, snapshot.sentinels, this.#dir),
      longestGapMs: longestGap(found.files.map((file) => this.#sinceMs(file, nowMs))),
      longestPauseMs: Math.max(...found.files.map((file) => this.#stability.longestPauseMs(file))),
    };
    const evidence = assessCompleteness(series, arrival, nowMs, this.#policy);
    if (evidence.state === 'waiting') return { kind: 'waiting', dueInMs: evidence.dueInMs };
    const { key, name, findings, refusal } = series;
    if (refusal !== undefined) {
      const { code, message } = refusal;
      const fingerprint = fingerprintOf(key, facts);
      return { kind: 'refused', rejection: { status: 'refused', fingerprint, name, code, message, findings, evidence } };
    }
    return { kind: 'ready', ready: { fingerprint: fingerprintOf(key, facts), series, facts, evidence } };
  }

  #decideFile({ file, code, message }: SetAside, fact: FileFact, nowMs: number): Decision {
    const dueInMs = this.#policy.incompleteTimeoutMs - this.#quietForMs(file, nowMs);
    if (dueInMs > 0) return { kind: 'waiting', dueInMs };
    const evidence = { state: 'incomplete-timed-out', reasons: ['the file stayed as it is'] } as const;
    const fingerprint = fingerprintOf('set-aside', [fact]);
    const name = safeName(fileStem(file));
    return { kind: 'refused', rejection: { status: 'refused', fingerprint, name, code, message, evidence, findings: [] } };
  }

  #sinceMs(path: string, nowMs: number): number {
    return this.#stability.unchangedSinceMs(path) ?? nowMs;
  }

  #quietForMs(path: string, nowMs: number): number {
    return nowMs - this.#sinceMs(path, nowMs);
  }
}

/** The longest time between two of some moments that follow each other. */
function longestGap(momentsMs: readonly number[]): number {
  const sorted = momentsMs.toSorted((a, b) => a - b);
  return sorted.reduce((longest, moment, n) => Math.max(longest, moment - (sorted[n - 1] ?? moment)), 0);
}
