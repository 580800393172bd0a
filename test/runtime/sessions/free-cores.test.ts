/** Trees of /proc and /sys as machines and containers have them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { freeCores, readCgroupLimits } from '../../../runtime/sessions/free-cores.ts';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

/** @param memberships - `/proc/self/cgroup`. @param files - Below `/sys/fs/cgroup`. */
function tree(memberships: string, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'voxwatch-cgroup-'));
  roots.push(root);
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), `${text}\n`);
  };
  write('proc/self/cgroup', memberships);
  for (const [file, text] of Object.entries(files)) write(join('sys/fs/cgroup', file), text);
  return root;
}

describe('readCgroupLimits', () => {
  it('reads version 2 in a container, which sees its own cgroup as the root', () => {
    const root = tree('0::/', { 'cpu.max': '250000 100000', 'cpuset.cpus.effective': '0-3,8' });
    expect(readCgroupLimits(root)).toEqual({ quota: 2.5, cpuset: 5 });
  });

  it('takes the tightest of the cgroups above, as a service in a slice has them', () => {
    const root = tree('0::/system.slice/voxwatch.service', {
      'cpuset.cpus.effective': '0-63',
      'system.slice/cpu.max': '300000 100000',
      'system.slice/cpuset.cpus.effective': '0-15',
      'system.slice/voxwatch.service/cpu.max': 'max 100000',
      'system.slice/voxwatch.service/cpuset.cpus.effective': '2',
    });
    expect(readCgroupLimits(root)).toEqual({ quota: 3, cpuset: 1 });
  });

  it('reads version 1 under either name of its folder, also where the path is that of the host', () => {
    const memberships = '5:cpuset:/docker/0f1e\n4:cpu,cpuacct:/docker/0f1e\n1:name=systemd:/docker/0f1e';
    const quota = (folder: string) => ({ [`${folder}/cpu.cfs_quota_us`]: '150000', [`${folder}/cpu.cfs_period_us`]: '100000' });
    expect(readCgroupLimits(tree(memberships, { ...quota('cpu'), 'cpuset/cpuset.effective_cpus': '0-1' }))).toEqual({
      quota: 1.5,
      cpuset: 2,
    });
    expect(readCgroupLimits(tree(memberships, quota('cpu,cpuacct/docker/0f1e')))).toEqual({ quota: 1.5 });
  });

  it('finds no limit where there is none, and none in what it cannot read', () => {
    const unlimited = { 'cpu/cpu.cfs_quota_us': '-1', 'cpu/cpu.cfs_period_us': '100000' };
    expect(readCgroupLimits(tree('1:cpu:/\n0::/', unlimited))).toEqual({});
    expect(readCgroupLimits(tree('0::/', { 'cpu.max': '100000 0', 'cpuset.cpus.effective': '' }))).toEqual({});
    expect(readCgroupLimits(join(tmpdir(), 'no-such-root'))).toEqual({});
  });

  it('does not leave the tree where a cgroup lies outside of what a container sees', () => {
    const root = tree('0::/../../other', { 'cpu.max': '100000 100000', 'other/cpu.max': '50000 100000' });
    expect(readCgroupLimits(root)).toEqual({ quota: 0.5 });
  });
});

describe('freeCores', () => {
  it('is the least of what the machine, the cpuset and the quota give, in whole cores, at least one', () => {
    expect(freeCores({}, 16)).toBe(16);
    expect(freeCores({ quota: 2 }, 64)).toBe(2);
    expect(freeCores({ quota: 4, cpuset: 3 }, 64)).toBe(3);
    expect(freeCores({ quota: 1.5 }, 8)).toBe(2);
    expect(freeCores({ quota: 2.2 }, 8)).toBe(2);
    expect(freeCores({ quota: 0.1 }, 8)).toBe(1);
    expect(freeCores({ quota: 8 }, 2)).toBe(2);
  });
});
