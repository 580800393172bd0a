/**
 * One look at the watched folder → what may start, what must be refused, and when to look again.
 *
 * The folder is the truth: each look starts from a fresh listing. Only the reading of headers is remembered, for as long
 * as no file changes.
 * @module
 */
import { basename, dirname, join, relative } from 'node:path';
import type { ErrorCode } from '../../core/errors.ts';
import type { CompletenessEvidence } from '../job/job.ts';
import { assessCompleteness, type CompletenessPolicy } from './completeness.ts';
import type { DiscoveredSeries, Discovery, SetAside } from './discovered-series.ts';
import { FileStability } from './file-stability.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type FileFact, type FolderListing, listFiles } from './list-files.ts';

export interface ReadySeries {
  readonly fingerprint: string;
  readonly series: DiscoveredSeries;
  readonly facts: readonly FileFact[];
  readonly evidence: CompletenessEvidence;
}

export interface RefusedInput {
  readonly fingerprint: string;
  /** Name of the folder for its report, before it is made unique. */
  readonly name: string;
  readonly facts: readonly FileFact[];
  readonly code: ErrorCode;
  readonly message: string;
}

export interface Look {
  readonly ready: readonly ReadySeries[];
  readonly refused: readonly RefusedInput[];
  /** Series and files that are still waited for. */
  readonly waiting: number;
  readonly files: number;
  /** Milliseconds until the first of those waited for may be decided, if nothing changes. */
  readonly dueInMs?: number;
}

export interface IntakeDependencies {
  readonly discover: (path: string) => Promise<Discovery>;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  /** Digest of what is done with a series (bundles): the same files are another job when it changes. */
  readonly workKey: string;
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
    const listing = await listFiles(this.#dir);
    const nowMs = this.#dependencies.nowMs();
    this.#stability.observe(listing.files, nowMs);
    const settled = listing.files.filter(({ path }) => this.#quietForMs(path, nowMs) >= this.#policy.quietPeriodMs);
    if (settled.length === 0) return this.#onlyWaiting(listing, nowMs);
    const discovery = await this.#discoverOnce(settled);
    return this.#decide(listing, discovery, nowMs);
  }

  #onlyWaiting({ files }: FolderListing, nowMs: number): Look {
    const due = files.map(({ path }) => this.#policy.quietPeriodMs - this.#quietForMs(path, nowMs));
    return {
      ready: [],
      refused: [],
      waiting: files.length,
      files: files.length,
      ...(due.length > 0 && { dueInMs: Math.min(...due) }),
    };
  }

  /** Headers are read anew only when another set of files has settled: a folder of kept studies costs a listing a look. */
  async #discoverOnce(settled: readonly FileFact[]): Promise<Discovery> {
    const digest = fingerprintOf('folder', settled);
    if (this.#known?.digest !== digest) this.#known = { digest, discovery: await this.#dependencies.discover(this.#dir) };
    return this.#known.discovery;
  }

  #decide(listing: FolderListing, discovery: Discovery, nowMs: number): Look {
    const factOf = new Map(listing.files.map((fact) => [fact.path, fact]));
    const ready: ReadySeries[] = [];
    const refused: RefusedInput[] = [];
    const dueMs: number[] = [];
    const claimed = new Set<string>();
    const looseTruncated = discovery.setAside.filter(({ code }) => code === 'INPUT_TRUNCATED').map(({ file }) => dirname(file));

    for (const series of discovery.series) {
      for (const file of series.files) claimed.add(file);
      const facts = series.files.flatMap((file) => factOf.get(file) ?? []);
      // A file came or went between the listing and the reading: the next look sees it.
      if (facts.length < series.files.length) {
        dueMs.push(0);
        continue;
      }
      const folders = new Set(series.files.map((file) => dirname(file)));
      const arrival = {
        lastChangeMs: Math.max(...facts.map(({ path }) => this.#stability.unchangedSinceMs(path) ?? nowMs)),
        hasSentinel: this.#hasSentinel(series, listing.sentinels),
        truncatedNeighbours: series.kind === 'dicom' ? looseTruncated.filter((folder) => folders.has(folder)).length : 0,
      };
      const completeness = assessCompleteness(series, arrival, nowMs, this.#policy);
      if (completeness.state === 'waiting') {
        dueMs.push(completeness.dueInMs);
      } else if (series.refusal !== undefined) {
        refused.push({ fingerprint: fingerprintOf(series.key, facts), name: series.name, facts, ...series.refusal });
      } else {
        const fingerprint = fingerprintOf(`${series.key} ${this.#dependencies.workKey}`, facts);
        ready.push({ fingerprint, series, facts, evidence: completeness });
      }
    }

    for (const aside of discovery.setAside) {
      const fact = factOf.get(aside.file);
      if (fact === undefined) continue;
      claimed.add(aside.file);
      const dueInMs = this.#policy.incompleteTimeoutMs - this.#quietForMs(aside.file, nowMs);
      if (dueInMs > 0) dueMs.push(dueInMs);
      else refused.push(refusedFile(aside, fact));
    }

    // What the reading did not see is younger than it.
    for (const { path } of listing.files) {
      if (!claimed.has(path)) dueMs.push(Math.max(0, this.#policy.quietPeriodMs - this.#quietForMs(path, nowMs)));
    }
    const look = { ready, refused, waiting: dueMs.length, files: listing.files.length };
    return dueMs.length > 0 ? { ...look, dueInMs: Math.min(...dueMs) } : look;
  }

  #quietForMs(path: string, nowMs: number): number {
    return nowMs - (this.#stability.unchangedSinceMs(path) ?? nowMs);
  }

  /** `.done` in a folder of the series or above it, `<folder>.done` beside it, `<file>.done` or `<name>.done` beside a file. */
  #hasSentinel({ files, name }: DiscoveredSeries, sentinels: ReadonlySet<string>): boolean {
    if (sentinels.size === 0) return false;
    const hasFolderSentinel = (folder: string): boolean => {
      // The watched folder itself is never finished: a `.done` in it says nothing.
      if (relative(this.#dir, folder) === '') return false;
      return sentinels.has(join(folder, '.done')) || sentinels.has(`${folder}.done`) || hasFolderSentinel(dirname(folder));
    };
    return files.every((file) => {
      const folder = dirname(file);
      return sentinels.has(`${file}.done`) || sentinels.has(join(folder, `${name}.done`)) || hasFolderSentinel(folder);
    });
  }
}

function refusedFile({ file, code, message }: SetAside, fact: FileFact): RefusedInput {
  return { fingerprint: fingerprintOf('set-aside', [fact]), name: basename(file), facts: [fact], code, message };
}
