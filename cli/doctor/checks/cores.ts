/**
 * How many cores may this process use, and how many are free? Threads beyond the free cores are ruinous (measured: 2
 * threads with one core busy took 74 ms for what 1 thread does in 41).
 * @module
 */
import { availableParallelism, loadavg } from 'node:os';
import { ok, type Point, warning } from '../point.ts';
import { readText } from '../read-text.ts';

export interface CoreFacts {
  /** Cores that the scheduler may put this process on; inference starts as many threads, up to 8. */
  readonly allowed: number;
  /** Cores' worth of time that a cgroup allows; absent without a limit. */
  readonly quota?: number;
  /** Runnable threads of the last minute. */
  readonly load: number;
}

export async function readCores(): Promise<CoreFacts> {
  const quota = await readQuota();
  return { allowed: availableParallelism(), load: loadavg()[0] as number, ...(quota === undefined ? {} : { quota }) };
}

export function checkCores({ allowed, quota, load }: CoreFacts): Point {
  const usable = Math.min(allowed, quota ?? allowed);
  const free = Math.max(0, usable - load);
  const found = `${cores(allowed)}${quota === undefined ? '' : `, time for ${round(quota)} of them`}, about ${round(free)} free now`;
  if (quota !== undefined && quota < allowed) {
    const mend =
      'Give the container whole cores (--cpuset-cpus) instead of a share of time (--cpus): threads stall when it is used up.';
    return warning('cores', found, mend);
  }
  if (free < 1) return warning('cores', found, 'Stop what else is computing here, or studies take several times longer.');
  return ok('cores', found);
}

function cores(count: number): string {
  return count === 1 ? '1 core' : `${count} cores`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** The smallest quota of this process's cgroup and those above it (cgroup v2 `cpu.max`; v1 `cpu.cfs_quota_us`). */
async function readQuota(): Promise<number | undefined> {
  const own = (await readText('/proc/self/cgroup'))?.match(/^0::(.*)$/m)?.[1] ?? '/';
  const quotas: (number | undefined)[] = [];
  for (let path = own; ; path = path.slice(0, path.lastIndexOf('/'))) {
    quotas.push(parseCpuMax(await readText(`/sys/fs/cgroup${path === '/' ? '' : path}/cpu.max`)));
    if (path === '/' || path === '') break;
  }
  const [micros, period] = await Promise.all([
    readText('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'),
    readText('/sys/fs/cgroup/cpu/cpu.cfs_period_us'),
  ]);
  quotas.push(parseCpuMax(`${micros} ${period}`));
  const known = quotas.filter((quota) => quota !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

/** `200000 100000` → 2; `max 100000`, and v1's -1, mean no limit. */
export function parseCpuMax(text: string | undefined): number | undefined {
  const [, quota, period] = text?.match(/^(\d+) (\d+)$/) ?? [];
  return quota === undefined || Number(period) === 0 ? undefined : Number(quota) / Number(period);
}
