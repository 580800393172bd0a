import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VoxwatchError } from '../../core/errors.ts';
import type { JobWatch } from '../../daemon/job/job.ts';
import { DaemonSite, QUIET_MS } from './daemon-site.ts';
import { FakeRunner, planOf, workerDies } from './fakes.ts';

let site: DaemonSite;
beforeEach(() => {
  site = new DaemonSite();
});
afterEach(() => site.end());

describe('the daemon', () => {
  it('does each study once, refuses what it must, and goes on', async () => {
    site.drop('a.nii');
    site.drop('readme.txt');
    const runner = new FakeRunner();
    const daemon = site.newDaemon(runner);
    await daemon.start();
    site.drop('b.nii');
    site.drop('mr.nii', 'mr');
    site.drop('cut.nii', 'truncated');
    await vi.waitFor(() => expect(site.results()).toEqual(['a', 'b', 'rejected']), 5_000);
    await vi.waitFor(() => expect(readdirSync(join(site.out, 'rejected')).sort()).toEqual(['cut', 'mr', 'readme.txt']), 5_000);
    await sleep(1_500);
    expect(runner.runs.sort()).toEqual(['a', 'b']);
    expect(site.rejectedCode('cut')).toBe('INPUT_TRUNCATED');
    expect(site.lines.filter(({ event }) => event === 'series.rejected')).toHaveLength(3);
  });

  it('does not take a file that was half-written before its start until it is whole', async () => {
    site.drop('slow.nii', 'who');
    const takenText: string[] = [];
    const runner = new FakeRunner({
      slow: async () => {
        takenText.push(readFileSync(join(site.input, 'slow.nii'), 'utf8'));
        return undefined;
      },
    });
    await site.newDaemon(runner).start();
    for (const letter of 'le-file') {
      await sleep(QUIET_MS * 0.6);
      appendFileSync(join(site.input, 'slow.nii'), letter);
    }
    await vi.waitFor(() => expect(site.results()).toEqual(['slow']), 5_000);
    expect(takenText).toEqual(['whole-file']);
  });

  it('sets aside what kills its worker twice, over a restart too, and does the others', async () => {
    site.drop('a.nii');
    site.drop('deadly.nii');
    site.drop('z.nii');
    // Killed once in a life before: the daemon stopped right after.
    const first = new FakeRunner({ deadly: workerDies });
    const daemon = site.newDaemon(first);
    await daemon.start();
    await vi.waitFor(() => expect(site.lines.some(({ event }) => event === 'job.failed')).toBe(true), 5_000);
    await daemon.stop();
    const runs = first.runs.filter((name) => name === 'deadly').length;

    const second = new FakeRunner({ deadly: workerDies });
    expect(await site.once(second)).toMatchObject(runs < 2 ? { failure: 'failed' } : { refused: 1 });
    expect(runs + second.runs.filter((name) => name === 'deadly').length).toBe(2);
    expect(site.results()).toEqual(['a', 'rejected', 'z']);
    expect(site.rejectedCode('deadly')).toBe('WORKER_DIED');

    const third = new FakeRunner();
    await site.once(third);
    expect(third.runs).toEqual([]);
  });

  it('does a study again when its worker died only once', async () => {
    site.drop('a.nii');
    const runner = new FakeRunner({ a: (run) => (run === 1 ? workerDies() : Promise.resolve(undefined)) });
    expect(await site.once(runner)).toEqual({ published: 1, refused: 0 });
    expect(runner.runs).toEqual(['a', 'a']);
  });

  it('begins the next study while the result of one is written, and ends when both are there', async () => {
    for (const name of ['a', 'b', 'c']) site.drop(`${name}.nii`);
    const told: string[] = [];
    const writes =
      (name: string) =>
      async (_run: number, { onSegmented }: JobWatch) => {
        told.push(`${name} begun`);
        onSegmented?.();
        await sleep(QUIET_MS);
        told.push(`${name} written`);
        return undefined;
      };
    const runner = new FakeRunner({ a: writes('a'), b: writes('b'), c: writes('c') });
    expect(await site.once(runner)).toEqual({ published: 3, refused: 0 });
    expect(told.indexOf('b begun')).toBeLessThan(told.indexOf('a written'));
    expect(told).toHaveLength(6);
    expect(site.lines.filter(({ event }) => event === 'job.published')).toHaveLength(3);
  });

  it('does two studies again, each alone, when their worker died with both, and neither is set aside for the other', async () => {
    for (const name of ['a', 'deadly', 'z']) site.drop(`${name}.nii`);
    let inWorker = 0;
    const together: number[] = [];
    const works =
      (fails: (run: number) => boolean) =>
      async (run: number, { onSegmented }: JobWatch) => {
        inWorker++;
        if (run > 1) together.push(inWorker);
        onSegmented?.();
        await sleep(2 * QUIET_MS);
        inWorker--;
        return fails(run) ? workerDies() : undefined;
      };
    const runner = new FakeRunner({ a: works((run) => run === 1), deadly: works(() => true), z: works(() => false) });
    expect(await site.once(runner)).toMatchObject({ published: 2, failure: 'failed' });
    expect(site.results()).toEqual(['a', 'rejected', 'z']);
    expect(together).toEqual([1, 1]);
  });

  it('leaves an input for later when the machine is at fault, and says so', async () => {
    site.drop('a.nii');
    const full = new FakeRunner({ a: () => Promise.reject(new VoxwatchError('OUTPUT_NOT_WRITABLE', 'The disk is full.')) });
    expect(await site.once(full)).toEqual({ published: 0, refused: 0, failure: 'missing' });
    expect(existsSync(join(site.out, 'rejected'))).toBe(false);
    expect(await site.once(new FakeRunner())).toMatchObject({ published: 1 });
  });

  it('does the same files again for other bundles or when they changed, and not when the result was deleted', async () => {
    site.drop('a.nii');
    const runner = new FakeRunner();
    await site.once(runner);
    rmSync(join(site.out, 'a'), { recursive: true });
    await site.once(runner);
    expect(runner.runs).toHaveLength(1);
    expect(site.lines.filter(({ event }) => event === 'result.missing')).toHaveLength(1);
    await site.once(runner, {}, { plan: planOf('other-bundles') });
    expect(runner.runs).toHaveLength(2);
    site.drop('a.nii', 'changed');
    await site.once(runner);
    expect(runner.runs).toHaveLength(3);
  });

  it('says of slices that come late what they change, and of the same files for other bundles nothing', async () => {
    mkdirSync(join(site.input, 'series'));
    for (const name of ['1.dcm', '2.dcm']) site.drop(join('series', name));
    const runner = new FakeRunner();
    await site.once(runner);
    site.drop(join('series', '3.dcm'));
    site.drop(join('series', '2.dcm'), 'changed');
    await site.once(runner);
    await site.once(runner, {}, { plan: planOf('other-bundles') });
    const second = { number: 2, replaces: 'i', added: 1, removed: 0, changed: 1 };
    expect(runner.revisions).toEqual([undefined, second, undefined]);
  });

  it('does not mind a clock that jumps: it counts no time by it', async () => {
    const runner = new FakeRunner();
    const daemon = site.newDaemon(runner, { scanIntervalMs: 50 });
    await daemon.start();
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      for (const [n, days] of [400, -400, 1, -1].entries()) {
        site.drop(`study-${n}.nii`, `whole ${n}`);
        vi.setSystemTime(Date.now() + days * 86_400_000);
        await vi.waitFor(() => expect(runner.runs).toHaveLength(n + 1), 15_000);
      }
      await vi.waitFor(() => expect(site.results()).toEqual([0, 1, 2, 3].map((n) => `study-${n}`)), 15_000);
      expect(runner.runs).toHaveLength(4);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([
    ['keep', ['series', 'text.txt'], []],
    ['delete', ['text.txt'], []],
    ['move', ['text.txt'], ['series']],
  ] as const)('with --after %s', async (after, left, moved) => {
    mkdirSync(join(site.input, 'series'));
    for (const name of ['1.dcm', '2.dcm', '.done']) site.drop(join('series', name));
    site.drop('text.txt');
    const afterDir = join(site.root, 'moved');
    mkdirSync(afterDir);
    await site.once(new FakeRunner(), { after, afterDir });
    expect(readdirSync(site.input)).toEqual(left);
    expect(readdirSync(afterDir)).toEqual(moved);
    expect(site.results()).toContain('series');
  });

  it('stops once however often it is asked, lets a job end in time, and hands back one that does not', async () => {
    site.drop('a.nii');
    let endJob: ((error: Error) => void) | undefined;
    const runner = new FakeRunner({ a: () => new Promise((_, reject) => (endJob = reject)) });
    runner.close = async () => endJob?.(new VoxwatchError('WORKER_DIED', 'The worker process died.'));
    const daemon = site.newDaemon(runner, { stopTimeoutMs: 50 });
    await daemon.start();
    await vi.waitFor(() => expect(runner.runs).toEqual(['a']), 5_000);
    const stops = [daemon.stop(), daemon.stop()];
    expect(stops[0]).toBe(stops[1]);
    await Promise.all(stops);
    expect(site.results()).toEqual([]);
    // Not counted as a death of the worker: two more attempts are left.
    const next = new FakeRunner({ a: (run) => (run === 1 ? workerDies() : Promise.resolve(undefined)) });
    expect(await site.once(next)).toMatchObject({ published: 1 });
  });

  it('refuses to start without its folders, or beside another', async () => {
    await expect(site.newDaemon(new FakeRunner(), { in: join(site.root, 'none') }).start()).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
    });
    writeFileSync(join(site.root, 'file'), '');
    const blocked = site.newDaemon(new FakeRunner(), { out: join(site.root, 'file', 'out') });
    await expect(blocked.start()).rejects.toMatchObject({ code: 'OUTPUT_NOT_WRITABLE' });
    await site.newDaemon(new FakeRunner()).start();
    const second = site.newDaemon(new FakeRunner());
    await expect(second.start()).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
  });
});
