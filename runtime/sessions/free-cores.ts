/**
 * How many cores this process may really use: those the scheduler puts it on, and the time its cgroups give it (a
 * container with `--cpus 2` on 64 cores sees 64). Node's `availableParallelism` knows the former alone.
 *
 * Source: Linux kernel, admin-guide: cgroup-v2.rst (`cpu.max`, `cpuset.cpus.effective`), cgroup-v1 (`cpu.cfs_quota_us`,
 * `cpuset.effective_cpus`). Files that are not there limit nothing, as on other systems.
 * @module
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** What cgroups allow; absent without a limit. */
export interface CgroupLimits {
  /** Cores' worth of time. */
  readonly quota?: number;
  /** Cores of the cpuset. */
  readonly cpuset?: number;
}

/** Whole cores for threads: a share of one is rounded, since threads that wait for time hold up the others; at least 1. */
export function freeCores(
  { quota, cpuset }: CgroupLimits = readCgroupLimits(),
  parallelism: number = availableParallelism(),
): number {
  const cores = Math.min(parallelism, cpuset ?? parallelism, quota ?? parallelism);
  return Math.max(1, Math.round(cores));
}

/**
 * The tightest limits of this process's cgroups and those above them.
 * @param root - Where `/proc` and `/sys` lie; for tests.
 */
export function readCgroupLimits(root = ''): CgroupLimits {
  const memberships = readText(`${root}/proc/self/cgroup`)?.trim().split('\n') ?? [];
  const quotas: (number | undefined)[] = [];
  const cpusets: (number | undefined)[] = [];
  for (const membership of memberships) {
    // `4:cpu,cpuacct:/docker/…`; in version 2 the one line `0::/…`.
    const [, hierarchy, names = '', path = '/'] = membership.match(/^(\d+):([^:]*):(.*)$/) ?? [];
    for (const folder of foldersUpwards(path)) {
      const read = (controller: string, file: string): string | undefined =>
        readText(`${root}/sys/fs/cgroup${controller}${folder}/${file}`)?.trim();
      if (hierarchy === '0' && names === '') {
        quotas.push(parseQuota(read('', 'cpu.max')));
        cpusets.push(parseCpuList(read('', 'cpuset.cpus.effective')));
      }
      const controllers = names.split(',');
      if (controllers.includes('cpu')) {
        for (const mount of ['/cpu', `/${names}`])
          quotas.push(parseQuota(`${read(mount, 'cpu.cfs_quota_us')} ${read(mount, 'cpu.cfs_period_us')}`));
      }
      if (controllers.includes('cpuset')) cpusets.push(parseCpuList(read('/cpuset', 'cpuset.effective_cpus')));
    }
  }
  const quota = smallest(quotas);
  const cpuset = smallest(cpusets);
  return { ...(quota === undefined ? {} : { quota }), ...(cpuset === undefined ? {} : { cpuset }) };
}

/** `/a/b` → `/a/b`, `/a`, and the root. A container sees its own cgroup as the root, whatever its path is outside. */
function foldersUpwards(path: string): readonly string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '..');
  return Array.from({ length: names.length + 1 }, (_, cut) =>
    names
      .slice(0, names.length - cut)
      .map((name) => `/${name}`)
      .join(''),
  );
}

/** `200000 100000` → 2; `max 100000`, and version 1's -1, mean no limit. */
function parseQuota(text: string | undefined): number | undefined {
  const [, quota, period] = text?.match(/^(\d+) (\d+)$/) ?? [];
  return quota === undefined || Number(period) === 0 ? undefined : Number(quota) / Number(period);
}

/** `0-3,8` → 5. */
function parseCpuList(text: string | undefined): number | undefined {
  if (!text || !/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) return undefined;
  return text.split(',').reduce((sum, part) => {
    const [first, last] = part.split('-').map(Number) as [number, number | undefined];
    return sum + (last ?? first) - first + 1;
  }, 0);
}

function smallest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
