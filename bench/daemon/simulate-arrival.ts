/**
 * A writer and somebody who watches its folder, in time that is only counted: real files, looks as the daemon makes them, no
 * waiting. What a look itself takes is not in it.
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { discoverSeries } from '../../daemon/intake/discover-series.ts';
import { FileStability } from '../../daemon/intake/file-stability.ts';
import { takeSnapshot } from '../../daemon/intake/folder-snapshot.ts';
import { HeaderCache } from '../../daemon/intake/header-cache.ts';
import { Intake } from '../../daemon/intake/intake.ts';
import type { Write, Writer } from './ugly-writers.ts';

/** The daemon's defaults. */
const POLICY = { quietPeriodMs: 2_000, longQuietPeriodMs: 10_000, incompleteTimeoutMs: 60_000 };
const SCAN_INTERVAL_MS = 5_000;
const ARRIVING_LOOK_MS = 500;
const EVENT_LOOK_MS = 100;
/** Whoever has not started by then never will. */
const LONGEST_MS = 120_000;

export interface Sight {
  /** Whether a series would be started, or refused for good, now. */
  readonly decides: boolean;
  readonly nextLookMs: number;
}

export interface Watcher {
  look(nowMs: number): Promise<Sight>;
}

/** Makes a watcher who knows nothing yet. */
export type WatcherKind = (dir: string) => Watcher;

export interface ArrivalResult {
  /** Looks that decided before the writer had finished. */
  readonly early: number;
  /** From the last write to the decision; absent if there was none. */
  readonly delayMs?: number;
}

/** The daemon's own intake. */
export const byEvidence: WatcherKind = (dir) => {
  let clockMs = 0;
  const cache = new HeaderCache();
  const discover = (path: string) => discoverSeries(path, { cache, nameLooseFilesBy: 'digest' });
  const intake = new Intake(dir, POLICY, { discover, nowMs: () => clockMs, studyQuietPeriodMs: () => undefined });
  return {
    look: async (nowMs) => {
      clockMs = nowMs;
      const { ready, refused, isArriving, dueInMs = SCAN_INTERVAL_MS } = await intake.look();
      return {
        decides: ready.length + refused.length > 0,
        nextLookMs: Math.min(SCAN_INTERVAL_MS, dueInMs, isArriving ? ARRIVING_LOOK_MS : SCAN_INTERVAL_MS),
      };
    },
  };
};

/** What others do: nothing has changed for so long. */
export function byQuietTime(quietMs: number): WatcherKind {
  return (dir) => {
    const stability = new FileStability();
    return {
      look: async (nowMs) => {
        const { files } = await takeSnapshot(dir);
        stability.observe(files, nowMs);
        const lastMs = Math.max(...files.map(({ path }) => stability.unchangedSinceMs(path) ?? nowMs));
        return { decides: files.length > 0 && nowMs - lastMs >= quietMs, nextLookMs: ARRIVING_LOOK_MS };
      },
    };
  };
}

export async function simulateArrival({ writes, hasEvents = true }: Writer, kind: WatcherKind): Promise<ArrivalResult> {
  const dir = mkdtempSync(join(tmpdir(), 'arrival-'));
  try {
    const waiting: Write[] = [...writes];
    const finishedMs = Math.max(...writes.map(({ atMs, act }) => (act === undefined ? 0 : atMs)));
    let watcher = kind(dir);
    let early = 0;
    for (let nowMs = 0; nowMs < finishedMs + LONGEST_MS; ) {
      for (let next = waiting[0]; next !== undefined && next.atMs <= nowMs; next = waiting[0]) {
        waiting.shift();
        if (next.act === undefined) watcher = kind(dir);
        else next.act(dir, next.atMs);
      }
      const { decides, nextLookMs } = await watcher.look(nowMs);
      if (decides && waiting.length === 0) return { early, delayMs: nowMs - finishedMs };
      if (decides) early++;
      const writeMs = waiting[0]?.atMs;
      const eventMs = hasEvents && writeMs !== undefined ? writeMs + EVENT_LOOK_MS : Number.POSITIVE_INFINITY;
      nowMs = Math.max(nowMs + EVENT_LOOK_MS, Math.min(nowMs + nextLookMs, eventMs));
    }
    return { early };
  } finally {
    rmSync(dir, { recursive: true });
  }
}
