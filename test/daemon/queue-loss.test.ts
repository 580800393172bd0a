/**
 * The thread of the embedded database dies under a daemon that works, at each step of a study and again and again: each study
 * still has one result, and the work goes on by itself.
 */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { dropStudy } from '../../bench/daemon/studies.ts';
import { readResults } from '../../bench/daemon/watch-process.ts';
import { discoverSeries } from '../../daemon/intake/discover-series.ts';
import { readVolume } from '../../daemon/intake/read-volume.ts';
import { BundleShelf } from '../../daemon/job/bundle-shelf.ts';
import type { JobRunner } from '../../daemon/job/job.ts';
import { runJob } from '../../daemon/job/run-job.ts';
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../daemon/queue/embedded-database.ts';
import type { QueueWatch } from '../../daemon/queue/job-queue.ts';
import { openQueue, type QueueParts } from '../../daemon/queue/open-queue.ts';
import { type AtStep, DAEMON_STEPS, type DaemonStep } from '../../daemon/steps.ts';
import { writeTinyBundle } from '../runtime/make-tiny-bundle.ts';
import { DaemonSite } from './daemon-site.ts';
import { FakeRunner, recordingLogger } from './fakes.ts';
import { giveReadyQueue } from './ready-queue.ts';

const PATIENCE = { timeout: 120_000, interval: 50 };
const SLICES = 2;

let site: DaemonSite;
beforeEach(async () => {
  site = new DaemonSite();
  await giveReadyQueue(site);
});
afterEach(() => site.end());

/** Opens the real queue, whose database the test can kill. */
function mortalQueue(parts: QueueParts, open = openEmbeddedDatabase) {
  let database: EmbeddedDatabase | undefined;
  const openDatabase = async (dir: string): Promise<EmbeddedDatabase> => (database = await open(dir));
  const options = { stateDir: join(site.out, '.voxwatch-state'), leaseMs: 60_000 };
  return {
    openQueue: (watch: QueueWatch) => openQueue(options, recordingLogger(site.lines), watch, { openDatabase, ...parts }),
    kill: () => void database?.abandon(),
  };
}

const saidTimes = (event: string): number => site.lines.filter((line) => line.event === event).length;

it('killed at each step, it is opened anew and every study is published once', async () => {
  const bundle = join(site.root, 'bundle');
  await writeTinyBundle(bundle);
  const shelf = new BundleShelf();
  const starts: string[] = [];
  let deadly: DaemonStep | undefined;
  const { openQueue: open, kill } = mortalQueue({ recovery: { firstPauseMs: 10, steadyMs: 0 } });
  const atStep: AtStep = (step) => {
    if (step !== deadly) return;
    deadly = undefined;
    kill();
  };
  const runner: JobRunner = {
    run: (request) => {
      starts.push(request.series.name);
      return runJob({ ...request, bundleDirs: [bundle] }, { readVolume, takeBundle: shelf.take.bind(shelf), atStep });
    },
    extend: () => {},
    prove: async () => {},
    close: async () => {},
  };
  const discover = (dir: string) => discoverSeries(dir, { nameLooseFilesBy: 'digest' });
  const daemon = site.newDaemon(runner, { provider: 'cpu' }, { openQueue: open, discover, atStep });
  await daemon.start();
  const names: string[] = [];
  for (const [number, step] of DAEMON_STEPS.entries()) {
    deadly = step;
    names.push(dropStudy(site.input, number, SLICES));
    await expect.poll(() => readResults(site.out).whole, PATIENCE).toEqual(names);
    await expect.poll(() => saidTimes('queue.reopened'), PATIENCE).toBe(number + 1);
  }
  // And none of them is at work a second time: one more, after all that was added again.
  names.push(dropStudy(site.input, DAEMON_STEPS.length, SLICES));
  await expect.poll(() => readResults(site.out), PATIENCE).toEqual({ all: names, whole: names });
  await daemon.stop();
  expect(starts).toEqual(names);
  expect(saidTimes('queue.lost')).toBe(DAEMON_STEPS.length);
  await shelf.release();
}, 300_000);

it('killed while a study is worked on and others wait, it is no longer ready until it is back, and nothing is done twice', async () => {
  const { openQueue: open, kill } = mortalQueue({ recovery: { firstPauseMs: 300 } });
  let goOn = (): void => {};
  const runner = new FakeRunner({
    a: () =>
      new Promise((resolve) => {
        goOn = () => resolve(undefined);
      }),
  });
  for (const name of ['a', 'b', 'c']) site.drop(`${name}.nii`);
  // By itself, a row is offered again after half a lease: nobody waits for that here.
  const daemon = site.newDaemon(runner, { http: '127.0.0.1:0', leaseMs: 3_600_000 }, { openQueue: open });
  await daemon.start();
  const reasons = async (): Promise<unknown> => {
    const port = site.lines.find(({ event }) => event === 'http.listening')?.fields.port;
    return ((await (await fetch(`http://127.0.0.1:${port}/ready`)).json()) as { reasons: unknown }).reasons;
  };
  await vi.waitFor(() => expect(saidTimes('job.queued')).toBe(3), PATIENCE);
  await vi.waitFor(() => expect(runner.runs).toEqual(['a']), PATIENCE);
  expect(await reasons()).toEqual([]);
  // The second time its rows are gone too: files that did not hold are replaced.
  for (let loss = 1; loss <= 2; loss++) {
    kill();
    await vi.waitFor(async () => expect(await reasons()).toEqual(['queue-lost']), PATIENCE);
    await vi.waitFor(async () => expect(await reasons()).toEqual([]), PATIENCE);
  }
  expect(saidTimes('queue.rebuilt')).toBe(1);
  goOn();
  await vi.waitFor(() => expect(site.results()).toEqual(['a', 'b', 'c']), PATIENCE);
  await daemon.stop();
  expect(runner.runs).toEqual(['a', 'b', 'c']);
}, 120_000);

it('is given up where it cannot be opened again, and the daemon says that it is broken', async () => {
  let isWell = true;
  const openDatabase = async (dir: string): Promise<EmbeddedDatabase> => {
    if (!isWell) throw new Error('no room');
    return openEmbeddedDatabase(dir);
  };
  const { openQueue: open, kill } = mortalQueue({ recovery: { firstPauseMs: 10, mostAttempts: 2 } }, openDatabase);
  const daemon = site.newDaemon(new FakeRunner(), {}, { openQueue: open });
  await daemon.start();
  isWell = false;
  kill();
  expect(await daemon.broken).toMatchObject({ code: 'QUEUE_FAILED' });
  expect(saidTimes('queue.failed')).toBeGreaterThanOrEqual(2);
  await daemon.stop();
}, 60_000);
