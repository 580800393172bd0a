/**
 * The daemon's parts → what its status pages say.
 * @module
 */
import type { DaemonMetrics } from '../metrics/daemon-metrics.ts';
import { readGpuUsage } from '../metrics/gpu-usage.ts';
import type { Backlog } from '../queue/backlog.ts';
import type { Upkeep } from '../upkeep.ts';
import type { StatusPages } from './status-server.ts';

export interface PageSources {
  readonly metrics: DaemonMetrics;
  readonly backlog: Backlog;
  readonly upkeep: Upkeep;
  /** Whether a bundle failed its golden slice. */
  readonly isLineStopped: () => boolean;
  /** Whether the queue is open and the daemon not stopping. */
  readonly isRunning: () => boolean;
  /** Whether the queue was lost and is being opened anew. */
  readonly isQueueAway: () => boolean;
  /** Since the last look at the folder ended without an error. */
  readonly lookAgeMs: () => number;
  readonly scanIntervalMs: number;
}

/** A look that ended longer ago means that the folder does not answer; a long interval between looks moves the limit. */
const STALE_LOOK_MS = 60_000;
const STALE_LOOK_SCANS = 5;

export function daemonPages(sources: PageSources): StatusPages {
  const { metrics, backlog, upkeep, isLineStopped, isRunning, isQueueAway, lookAgeMs, scanIntervalMs } = sources;
  const staleMs = Math.max(STALE_LOOK_MS, STALE_LOOK_SCANS * scanIntervalMs);
  return {
    notReadyReasons: () => [
      ...(isRunning() ? [] : ['not-running']),
      ...(isQueueAway() ? ['queue-lost'] : []),
      ...(upkeep.isPaused ? ['disk-space'] : []),
      ...(isLineStopped() ? ['golden-slice'] : []),
      ...(lookAgeMs() > staleMs ? ['folder-not-read'] : []),
    ],
    metrics: async () =>
      metrics.text({
        gpus: await readGpuUsage(),
        queueDepth: backlog.size,
        oldestSeconds: (backlog.oldestMs ?? 0) / 1000,
        waiting: backlog.waiting,
        lookAgeSeconds: lookAgeMs() / 1000,
        isPaused: upkeep.isPaused,
        isLineStopped: isLineStopped(),
        ...(upkeep.freeBytes !== undefined && { freeBytes: upkeep.freeBytes }),
      }),
  };
}
