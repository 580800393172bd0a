import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VoxwatchError } from '../../core/errors.ts';
import { DaemonSite, QUIET_MS } from './daemon-site.ts';
import { FakeRunner, fakeDiscover, memoryQueue, planOf } from './fakes.ts';

let site: DaemonSite;
beforeEach(() => {
  site = new DaemonSite();
});
afterEach(() => site.end());

describe('what the daemon takes up', () => {
  it('works by the rules: reports what they leave alone, without failing, and holds to what it said', async () => {
    const series = [{ name: 'two', when: { kind: 'nifti' as const }, bundles: ['kidney', 'liver'] }];
    const plan = planOf('bundles', { series });
    site.drop('a.nii');
    mkdirSync(join(site.input, 'left'));
    site.drop(join('left', '1.dcm'));
    const runner = new FakeRunner();
    expect(await site.once(runner, {}, { plan })).toEqual({ published: 1, refused: 0 });
    expect(runner.bundleDirs).toEqual([['/kidney', '/liver']]);
    expect(readdirSync(join(site.out, 'not-chosen'))).toEqual(['left']);
    await site.once(runner, {}, { plan });
    expect(site.lines.filter(({ event }) => event === 'series.not-chosen')).toHaveLength(1);
    // Other rules are another question.
    await site.once(runner);
    expect(runner.runs).toEqual(['a', 'a', 'left']);
  });

  it('does not let the second best series of a study step in when the best has been moved away', async () => {
    const discover = async (dir: string) => {
      const found = await fakeDiscover(dir);
      const traits = (name: string) => ({ kind: 'nifti', study: 'one', slices: name === 'best' ? 9 : 1 }) as const;
      return { ...found, series: found.series.map((one) => ({ ...one, traits: traits(one.name) })) };
    };
    const plan = planOf('bundles', { oneSeriesPerStudy: true });
    const afterDir = join(site.root, 'moved');
    site.drop('best.nii');
    site.drop('worse.nii', 'other');
    const runner = new FakeRunner();
    const options = { after: 'move' as const, afterDir };
    await site.once(runner, options, { plan, discover });
    expect(readdirSync(site.input)).toEqual(['worse.nii']);
    expect(await site.once(runner, options, { plan, discover })).toEqual({ published: 0, refused: 0 });
    expect(runner.runs).toEqual(['best']);
  });

  it('drops a job whose input is not there, and hands it back where another daemon may know it', async () => {
    const foreign = { jobId: 'foreign', fingerprint: 'not-ours', jobClass: 'any', handBacks: 0 } as const;
    site.drop('a.nii');
    const own = memoryQueue();
    await own.add(foreign, 9);
    expect(await site.once(new FakeRunner(), {}, { queue: own })).toEqual({ published: 1, refused: 0 });
    expect(await own.take(['any'])).toBeUndefined();

    const shared = memoryQueue();
    const handBack = vi.spyOn(shared, 'handBack');
    await shared.add(foreign, 9);
    await site.newDaemon(new FakeRunner(), { database: 'postgres://nowhere' }, { queue: shared }).start();
    await vi.waitFor(() => expect(handBack).toHaveBeenCalledWith(expect.objectContaining({ jobId: 'foreign' })), 5_000);
  });

  it('takes over other rules while it runs', async () => {
    const runner = new FakeRunner();
    const daemon = site.newDaemon(runner, {}, { plan: planOf('bundles', { series: [{ name: 'none', bundles: [] }] }) });
    await daemon.start();
    site.drop('a.nii');
    await vi.waitFor(() => expect(existsSync(join(site.out, 'not-chosen', 'a'))).toBe(true), 5_000);
    daemon.follow(planOf('bundles'));
    await vi.waitFor(() => expect(runner.runs).toEqual(['a']), 5_000);
  });

  it('takes up nothing while the disk is full, says so, and cannot do with --once', async () => {
    site.drop('a.nii');
    const minFreeMb = 1e12;
    await expect(site.newDaemon(new FakeRunner(), { once: true, minFreeMb }).start()).rejects.toMatchObject({
      code: 'OUTPUT_NOT_WRITABLE',
    });
    const runner = new FakeRunner();
    const daemon = site.newDaemon(runner, { minFreeMb, http: '127.0.0.1:0', scanIntervalMs: 50 });
    await daemon.start();
    await sleep(5 * QUIET_MS);
    const { port } = site.lines.find(({ event }) => event === 'http.listening')?.fields ?? {};
    const ready = await fetch(`http://127.0.0.1:${port}/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false, reasons: ['disk-space'] }]);
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain('voxwatch_intake_paused 1\n');
    expect(runner.runs).toEqual([]);
    expect(site.lines.filter(({ event }) => event === 'intake.paused')).toHaveLength(1);
  });

  it('takes up nothing while a bundle fails its golden slice, says so, and goes on when it is mended', async () => {
    const runner = new FakeRunner();
    runner.unproved.set('/liver', new VoxwatchError('BUNDLE_CHECKSUM', 'A file is another one.'));
    const goldenCheckHours = 50 / 3_600_000;
    const daemon = site.newDaemon(runner, { goldenCheckHours, http: '127.0.0.1:0', scanIntervalMs: 50 });
    await daemon.start();
    const said = (event: string) => expect(site.lines.map((line) => line.event)).toContain(event);
    await vi.waitFor(() => said('line.stopped'), 5_000);
    site.drop('a.nii');
    await sleep(5 * QUIET_MS);
    const { port } = site.lines.find(({ event }) => event === 'http.listening')?.fields ?? {};
    const ready = await fetch(`http://127.0.0.1:${port}/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false, reasons: ['golden-slice'] }]);
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain('voxwatch_line_stopped 1\n');
    expect(runner.runs).toEqual([]);
    runner.unproved.clear();
    await vi.waitFor(() => said('line.resumed'), 5_000);
    await vi.waitFor(() => expect(site.results()).toEqual(['a']), 15_000);
  });

  it('divides the work: one looks and queues, another does what it did not see itself', async () => {
    site.drop('a.nii');
    const queue = memoryQueue();
    const shared = { database: 'postgres://nowhere' };
    const [looking, working] = [new FakeRunner(), new FakeRunner()];
    await site.newDaemon(looking, { ...shared, role: 'intake' }, { queue }).start();
    await vi.waitFor(() => expect(site.lines.map(({ event }) => event)).toContain('job.queued'), 5_000);
    await site
      .newDaemon(working, { ...shared, role: 'worker' }, { queue, discover: () => Promise.reject(new Error('it looked')) })
      .start();
    await vi.waitFor(() => expect(site.results()).toEqual(['a']), 15_000);
    expect([looking.runs, working.runs]).toEqual([[], ['a']]);
    await vi.waitFor(() => expect(readdirSync(join(site.out, '.voxwatch-state', 'assignments'))).toEqual([]), 5_000);
  });

  it('queues a study again whose place in the queue was lost', async () => {
    site.drop('a.nii');
    const queue = memoryQueue();
    const lossy = { ...queue, add: vi.fn<typeof queue.add>().mockResolvedValueOnce().mockImplementation(queue.add) };
    const runner = new FakeRunner();
    await site.newDaemon(runner, { leaseMs: 1_000, scanIntervalMs: 100 }, { queue: lossy }).start();
    await vi.waitFor(() => expect(runner.runs).toEqual(['a']), 15_000);
    expect(lossy.add).toHaveBeenCalledTimes(2);
  });

  it('hands a job back whose time was up, without counting it as failed', async () => {
    site.drop('a.nii');
    const timeIsUp = new VoxwatchError('CANCELLED', 'The time for this job was up.');
    const runner = new FakeRunner({ a: (run) => (run <= 3 ? Promise.reject(timeIsUp) : Promise.resolve(undefined)) });
    await site.newDaemon(runner, { database: 'postgres://nowhere', scanIntervalMs: 100 }).start();
    await vi.waitFor(() => expect(site.results()).toEqual(['a']), 30_000);
    expect(site.lines.filter(({ event }) => event === 'lease.lost')).toHaveLength(3);
  });

  it('logs nothing that names an input', async () => {
    site.drop('Mustermann.nii');
    site.drop('Mustermann.txt', 'x');
    await site.once(new FakeRunner({ Mustermann: () => Promise.reject(new Error('/in/Mustermann.nii')) }));
    expect(site.lines.length).toBeGreaterThan(5);
    expect(JSON.stringify(site.lines)).not.toMatch(/Mustermann|daemon-/);
  });
});
