import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VoxwatchError } from '../../core/errors.ts';
import { type DaemonOptions, resolveConfig } from '../../daemon/config.ts';
import { createDaemon, type Daemon } from '../../daemon/daemon.ts';
import type { JobWatch } from '../../daemon/job/job.ts';
import type { JobQueue } from '../../daemon/queue/job-queue.ts';
import type { WorkPlan } from '../../daemon/rules/work-plan.ts';
import { FakeRunner, fakeDiscover, fakeReject, type LogLine, memoryQueue, planOf, recordingLogger, workerDies } from './fakes.ts';

const QUIET_MS = 150;
let root: string;
let input: string;
let out: string;
let lines: LogLine[];
let daemons: Daemon[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'daemon-'));
  [input, out, lines, daemons] = [join(root, 'in'), join(root, 'out'), [], []];
  mkdirSync(input);
});
afterEach(async () => {
  await Promise.all(daemons.map((daemon) => daemon.stop()));
  rmSync(root, { recursive: true });
});

/** What is not the usual stand-in. */
interface Parts {
  readonly plan?: WorkPlan;
  readonly discover?: typeof fakeDiscover;
  readonly queue?: JobQueue;
}

function newDaemon(runner: FakeRunner, options: Partial<DaemonOptions> = {}, parts: Parts = {}): Daemon {
  const { plan = planOf('bundles'), discover = fakeDiscover, queue = memoryQueue() } = parts;
  const flags = {
    in: input,
    out,
    quietPeriodMs: QUIET_MS,
    longQuietPeriodMs: 2 * QUIET_MS,
    incompleteTimeoutMs: 4 * QUIET_MS,
    scanIntervalMs: 1_000,
    ...options,
  };
  const daemon = createDaemon(
    {
      discover,
      runner,
      openQueue: async () => queue,
      publishRejection: fakeReject,
      removeLeftovers: async () => {},
      plan,
      logger: recordingLogger(lines),
    },
    resolveConfig({ flags, environment: {} }),
  );
  daemons.push(daemon);
  return daemon;
}

async function once(runner: FakeRunner, options: Partial<DaemonOptions> = {}, parts?: Parts) {
  const daemon = newDaemon(runner, { once: true, ...options }, parts);
  await daemon.start();
  const summary = await daemon.drain();
  await daemon.stop();
  return summary;
}

const drop = (name: string, text = 'whole') => writeFileSync(join(input, name), text);
const rejectedCode = (name: string) => JSON.parse(readFileSync(join(out, 'rejected', name, 'report.json'), 'utf8')).code;
const results = () => readdirSync(out).filter((name) => !name.startsWith('.'));

describe('the daemon', () => {
  it('does each study once, refuses what it must, and goes on', async () => {
    drop('a.nii');
    drop('readme.txt');
    const runner = new FakeRunner();
    const daemon = newDaemon(runner);
    await daemon.start();
    drop('b.nii');
    drop('mr.nii', 'mr');
    drop('cut.nii', 'truncated');
    await vi.waitFor(() => expect(results()).toEqual(['a', 'b', 'rejected']), 5_000);
    await vi.waitFor(() => expect(readdirSync(join(out, 'rejected')).sort()).toEqual(['cut', 'mr', 'readme.txt']), 5_000);
    await sleep(1_500);
    expect(runner.runs.sort()).toEqual(['a', 'b']);
    expect(rejectedCode('cut')).toBe('INPUT_TRUNCATED');
    expect(lines.filter(({ event }) => event === 'series.rejected')).toHaveLength(3);
  });

  it('does not take a file that was half-written before its start until it is whole', async () => {
    drop('slow.nii', 'who');
    const takenText: string[] = [];
    const runner = new FakeRunner({
      slow: async () => {
        takenText.push(readFileSync(join(input, 'slow.nii'), 'utf8'));
        return undefined;
      },
    });
    await newDaemon(runner).start();
    for (const letter of 'le-file') {
      await sleep(QUIET_MS * 0.6);
      appendFileSync(join(input, 'slow.nii'), letter);
    }
    await vi.waitFor(() => expect(results()).toEqual(['slow']), 5_000);
    expect(takenText).toEqual(['whole-file']);
  });

  it('sets aside what kills its worker twice, over a restart too, and does the others', async () => {
    drop('a.nii');
    drop('deadly.nii');
    drop('z.nii');
    // Killed once in a life before: the daemon stopped right after.
    const first = new FakeRunner({ deadly: workerDies });
    const daemon = newDaemon(first);
    await daemon.start();
    await vi.waitFor(() => expect(lines.some(({ event }) => event === 'job.failed')).toBe(true), 5_000);
    await daemon.stop();
    const runs = first.runs.filter((name) => name === 'deadly').length;

    const second = new FakeRunner({ deadly: workerDies });
    expect(await once(second)).toMatchObject(runs < 2 ? { failure: 'failed' } : { refused: 1 });
    expect(runs + second.runs.filter((name) => name === 'deadly').length).toBe(2);
    expect(results()).toEqual(['a', 'rejected', 'z']);
    expect(rejectedCode('deadly')).toBe('WORKER_DIED');

    const third = new FakeRunner();
    await once(third);
    expect(third.runs).toEqual([]);
  });

  it('does a study again when its worker died only once', async () => {
    drop('a.nii');
    const runner = new FakeRunner({ a: (run) => (run === 1 ? workerDies() : Promise.resolve(undefined)) });
    expect(await once(runner)).toEqual({ published: 1, refused: 0 });
    expect(runner.runs).toEqual(['a', 'a']);
  });

  it('begins the next study while the result of one is written, and ends when both are there', async () => {
    for (const name of ['a', 'b', 'c']) drop(`${name}.nii`);
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
    expect(await once(runner)).toEqual({ published: 3, refused: 0 });
    expect(told.indexOf('b begun')).toBeLessThan(told.indexOf('a written'));
    expect(told).toHaveLength(6);
    expect(lines.filter(({ event }) => event === 'job.published')).toHaveLength(3);
  });

  it('does two studies again, each alone, when their worker died with both, and neither is set aside for the other', async () => {
    for (const name of ['a', 'deadly', 'z']) drop(`${name}.nii`);
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
    expect(await once(runner)).toMatchObject({ published: 2, failure: 'failed' });
    expect(results()).toEqual(['a', 'rejected', 'z']);
    expect(together).toEqual([1, 1]);
  });

  it('leaves an input for later when the machine is at fault, and says so', async () => {
    drop('a.nii');
    const full = new FakeRunner({ a: () => Promise.reject(new VoxwatchError('OUTPUT_NOT_WRITABLE', 'The disk is full.')) });
    expect(await once(full)).toEqual({ published: 0, refused: 0, failure: 'missing' });
    expect(existsSync(join(out, 'rejected'))).toBe(false);
    expect(await once(new FakeRunner())).toMatchObject({ published: 1 });
  });

  it('does the same files again for other bundles or when they changed, and not when the result was deleted', async () => {
    drop('a.nii');
    const runner = new FakeRunner();
    await once(runner);
    rmSync(join(out, 'a'), { recursive: true });
    await once(runner);
    expect(runner.runs).toHaveLength(1);
    expect(lines.filter(({ event }) => event === 'result.missing')).toHaveLength(1);
    await once(runner, {}, { plan: planOf('other-bundles') });
    expect(runner.runs).toHaveLength(2);
    drop('a.nii', 'changed');
    await once(runner);
    expect(runner.runs).toHaveLength(3);
  });

  it('says of slices that come late what they change, and of the same files for other bundles nothing', async () => {
    mkdirSync(join(input, 'series'));
    for (const name of ['1.dcm', '2.dcm']) drop(join('series', name));
    const runner = new FakeRunner();
    await once(runner);
    drop(join('series', '3.dcm'));
    drop(join('series', '2.dcm'), 'changed');
    await once(runner);
    await once(runner, {}, { plan: planOf('other-bundles') });
    const second = { number: 2, replaces: 'i', added: 1, removed: 0, changed: 1 };
    expect(runner.revisions).toEqual([undefined, second, undefined]);
  });

  it('does not mind a clock that jumps: it counts no time by it', async () => {
    const runner = new FakeRunner();
    const daemon = newDaemon(runner, { scanIntervalMs: 50 });
    await daemon.start();
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      for (const [n, days] of [400, -400, 1, -1].entries()) {
        drop(`study-${n}.nii`, `whole ${n}`);
        vi.setSystemTime(Date.now() + days * 86_400_000);
        await vi.waitFor(() => expect(runner.runs).toHaveLength(n + 1), 15_000);
      }
      await vi.waitFor(() => expect(results()).toEqual([0, 1, 2, 3].map((n) => `study-${n}`)), 15_000);
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
    mkdirSync(join(input, 'series'));
    for (const name of ['1.dcm', '2.dcm', '.done']) drop(join('series', name));
    drop('text.txt');
    const afterDir = join(root, 'moved');
    mkdirSync(afterDir);
    await once(new FakeRunner(), { after, afterDir });
    expect(readdirSync(input)).toEqual(left);
    expect(readdirSync(afterDir)).toEqual(moved);
    expect(results()).toContain('series');
  });

  it('stops once however often it is asked, lets a job end in time, and hands back one that does not', async () => {
    drop('a.nii');
    let endJob: ((error: Error) => void) | undefined;
    const runner = new FakeRunner({ a: () => new Promise((_, reject) => (endJob = reject)) });
    runner.close = async () => endJob?.(new VoxwatchError('WORKER_DIED', 'The worker process died.'));
    const daemon = newDaemon(runner, { stopTimeoutMs: 50 });
    await daemon.start();
    await vi.waitFor(() => expect(runner.runs).toEqual(['a']), 5_000);
    const stops = [daemon.stop(), daemon.stop()];
    expect(stops[0]).toBe(stops[1]);
    await Promise.all(stops);
    expect(results()).toEqual([]);
    // Not counted as a death of the worker: two more attempts are left.
    const next = new FakeRunner({ a: (run) => (run === 1 ? workerDies() : Promise.resolve(undefined)) });
    expect(await once(next)).toMatchObject({ published: 1 });
  });

  it('refuses to start without its folders, or beside another', async () => {
    await expect(newDaemon(new FakeRunner(), { in: join(root, 'none') }).start()).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
    });
    writeFileSync(join(root, 'file'), '');
    const blocked = newDaemon(new FakeRunner(), { out: join(root, 'file', 'out') });
    await expect(blocked.start()).rejects.toMatchObject({ code: 'OUTPUT_NOT_WRITABLE' });
    await newDaemon(new FakeRunner()).start();
    const second = newDaemon(new FakeRunner());
    await expect(second.start()).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
  });

  it('works by the rules: reports what they leave alone, without failing, and holds to what it said', async () => {
    const series = [{ name: 'two', when: { kind: 'nifti' as const }, bundles: ['kidney', 'liver'] }];
    const plan = planOf('bundles', { series });
    drop('a.nii');
    mkdirSync(join(input, 'left'));
    drop(join('left', '1.dcm'));
    const runner = new FakeRunner();
    expect(await once(runner, {}, { plan })).toEqual({ published: 1, refused: 0 });
    expect(runner.bundleDirs).toEqual([['/kidney', '/liver']]);
    expect(readdirSync(join(out, 'not-chosen'))).toEqual(['left']);
    await once(runner, {}, { plan });
    expect(lines.filter(({ event }) => event === 'series.not-chosen')).toHaveLength(1);
    // Other rules are another question.
    await once(runner);
    expect(runner.runs).toEqual(['a', 'a', 'left']);
  });

  it('does not let the second best series of a study step in when the best has been moved away', async () => {
    const discover = async (dir: string) => {
      const found = await fakeDiscover(dir);
      const traits = (name: string) => ({ kind: 'nifti', study: 'one', slices: name === 'best' ? 9 : 1 }) as const;
      return { ...found, series: found.series.map((one) => ({ ...one, traits: traits(one.name) })) };
    };
    const plan = planOf('bundles', { oneSeriesPerStudy: true });
    const afterDir = join(root, 'moved');
    drop('best.nii');
    drop('worse.nii', 'other');
    const runner = new FakeRunner();
    const options = { after: 'move' as const, afterDir };
    await once(runner, options, { plan, discover });
    expect(readdirSync(input)).toEqual(['worse.nii']);
    expect(await once(runner, options, { plan, discover })).toEqual({ published: 0, refused: 0 });
    expect(runner.runs).toEqual(['best']);
  });

  it('drops a job whose input is not there, and hands it back where another daemon may know it', async () => {
    const foreign = { jobId: 'foreign', fingerprint: 'not-ours', jobClass: 'any', handBacks: 0 } as const;
    drop('a.nii');
    const own = memoryQueue();
    await own.add(foreign, 9);
    expect(await once(new FakeRunner(), {}, { queue: own })).toEqual({ published: 1, refused: 0 });
    expect(await own.take(['any'])).toBeUndefined();

    const shared = memoryQueue();
    const handBack = vi.spyOn(shared, 'handBack');
    await shared.add(foreign, 9);
    await newDaemon(new FakeRunner(), { database: 'postgres://nowhere' }, { queue: shared }).start();
    await vi.waitFor(() => expect(handBack).toHaveBeenCalledWith(expect.objectContaining({ jobId: 'foreign' })), 5_000);
  });

  it('takes over other rules while it runs', async () => {
    const runner = new FakeRunner();
    const daemon = newDaemon(runner, {}, { plan: planOf('bundles', { series: [{ name: 'none', bundles: [] }] }) });
    await daemon.start();
    drop('a.nii');
    await vi.waitFor(() => expect(existsSync(join(out, 'not-chosen', 'a'))).toBe(true), 5_000);
    daemon.follow(planOf('bundles'));
    await vi.waitFor(() => expect(runner.runs).toEqual(['a']), 5_000);
  });

  it('takes up nothing while the disk is full, says so, and cannot do with --once', async () => {
    drop('a.nii');
    const minFreeMb = 1e12;
    await expect(newDaemon(new FakeRunner(), { once: true, minFreeMb }).start()).rejects.toMatchObject({
      code: 'OUTPUT_NOT_WRITABLE',
    });
    const runner = new FakeRunner();
    const daemon = newDaemon(runner, { minFreeMb, http: '127.0.0.1:0', scanIntervalMs: 50 });
    await daemon.start();
    await sleep(5 * QUIET_MS);
    const { port } = lines.find(({ event }) => event === 'http.listening')?.fields ?? {};
    const ready = await fetch(`http://127.0.0.1:${port}/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false, reasons: ['disk-space'] }]);
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain('voxwatch_intake_paused 1\n');
    expect(runner.runs).toEqual([]);
    expect(lines.filter(({ event }) => event === 'intake.paused')).toHaveLength(1);
  });

  it('takes up nothing while a bundle fails its golden slice, says so, and goes on when it is mended', async () => {
    const runner = new FakeRunner();
    runner.unproved.set('/liver', new VoxwatchError('BUNDLE_CHECKSUM', 'A file is another one.'));
    const goldenCheckHours = 50 / 3_600_000;
    const daemon = newDaemon(runner, { goldenCheckHours, http: '127.0.0.1:0', scanIntervalMs: 50 });
    await daemon.start();
    const said = (event: string) => expect(lines.map((line) => line.event)).toContain(event);
    await vi.waitFor(() => said('line.stopped'), 5_000);
    drop('a.nii');
    await sleep(5 * QUIET_MS);
    const { port } = lines.find(({ event }) => event === 'http.listening')?.fields ?? {};
    const ready = await fetch(`http://127.0.0.1:${port}/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false, reasons: ['golden-slice'] }]);
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain('voxwatch_line_stopped 1\n');
    expect(runner.runs).toEqual([]);
    runner.unproved.clear();
    await vi.waitFor(() => said('line.resumed'), 5_000);
    await vi.waitFor(() => expect(results()).toEqual(['a']), 15_000);
  });

  it('divides the work: one looks and queues, another does what it did not see itself', async () => {
    drop('a.nii');
    const queue = memoryQueue();
    const shared = { database: 'postgres://nowhere' };
    const [looking, working] = [new FakeRunner(), new FakeRunner()];
    await newDaemon(looking, { ...shared, role: 'intake' }, { queue }).start();
    await vi.waitFor(() => expect(lines.map(({ event }) => event)).toContain('job.queued'), 5_000);
    await newDaemon(
      working,
      { ...shared, role: 'worker' },
      { queue, discover: () => Promise.reject(new Error('it looked')) },
    ).start();
    await vi.waitFor(() => expect(results()).toEqual(['a']), 15_000);
    expect([looking.runs, working.runs]).toEqual([[], ['a']]);
    await vi.waitFor(() => expect(readdirSync(join(out, '.voxwatch-state', 'assignments'))).toEqual([]), 5_000);
  });

  it('queues a study again whose place in the queue was lost', async () => {
    drop('a.nii');
    const queue = memoryQueue();
    const lossy = { ...queue, add: vi.fn<typeof queue.add>().mockResolvedValueOnce().mockImplementation(queue.add) };
    const runner = new FakeRunner();
    await newDaemon(runner, { leaseMs: 1_000, scanIntervalMs: 100 }, { queue: lossy }).start();
    await vi.waitFor(() => expect(runner.runs).toEqual(['a']), 15_000);
    expect(lossy.add).toHaveBeenCalledTimes(2);
  });

  it('hands a job back whose time was up, without counting it as failed', async () => {
    drop('a.nii');
    const timeIsUp = new VoxwatchError('CANCELLED', 'The time for this job was up.');
    const runner = new FakeRunner({ a: (run) => (run <= 3 ? Promise.reject(timeIsUp) : Promise.resolve(undefined)) });
    await newDaemon(runner, { database: 'postgres://nowhere', scanIntervalMs: 100 }).start();
    await vi.waitFor(() => expect(results()).toEqual(['a']), 30_000);
    expect(lines.filter(({ event }) => event === 'lease.lost')).toHaveLength(3);
  });

  it('logs nothing that names an input', async () => {
    drop('Mustermann.nii');
    drop('Mustermann.txt', 'x');
    await once(new FakeRunner({ Mustermann: () => Promise.reject(new Error('/in/Mustermann.nii')) }));
    expect(lines.length).toBeGreaterThan(5);
    expect(JSON.stringify(lines)).not.toMatch(/Mustermann|daemon-/);
  });
});
