/**
 * How many cores may this process use, and how many are free? Threads beyond the free cores are ruinous (measured: 2
 * threads with one core busy took 74 ms for what 1 thread does in 41).
 * @module
 */
import { loadavg } from 'node:os';
import { freeCores, readCgroupLimits } from '../../../runtime/sessions/free-cores.ts';
import { defaultThreads } from '../../../runtime/sessions/session-node.ts';
import { ok, type Point, warning } from '../point.ts';

export interface CoreFacts {
  /** Cores that this process may be put on. */
  readonly allowed: number;
  /** Cores' worth of time that a cgroup allows; absent without a limit. */
  readonly quota?: number;
  /** Threads that inference starts on the CPU. */
  readonly threads: number;
  /** Runnable threads of the last minute. */
  readonly load: number;
}

export function readCores(): CoreFacts {
  const { quota, cpuset } = readCgroupLimits();
  const allowed = freeCores(cpuset === undefined ? {} : { cpuset });
  return { allowed, threads: defaultThreads(), load: loadavg()[0] as number, ...(quota === undefined ? {} : { quota }) };
}

export function checkCores({ allowed, quota, threads, load }: CoreFacts): Point {
  const usable = Math.min(allowed, quota ?? allowed);
  const free = Math.max(0, usable - load);
  const inference = threads === 1 ? '1 thread for inference' : `${threads} threads for inference`;
  const found = `${cores(allowed)}${quota === undefined ? '' : `, time for ${round(quota)} of them`}, about ${round(free)} free now; ${inference}`;
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
