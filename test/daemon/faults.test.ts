/**
 * What goes wrong round a daemon, with the compiled `voxwatch watch` as its own process: each time it says what is wrong, loses
 * nothing, and goes on by itself when it is mended.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dropStudy } from '../../bench/daemon/studies.ts';
import { countLeftovers, killDaemon, readResults, startWatchAs, type WatchProcess } from '../../bench/daemon/watch-process.ts';
import { giveReadyQueue } from './ready-queue.ts';
import { exitOf, makeSite, type Site, startWatch, visible } from './watch-command.ts';

const PATIENCE = { timeout: 120_000, interval: 50 };
const SLICES = 3;
/** Owns nothing. */
const NOBODY = 65_534;
const TIMEOUT = 300_000;

let root: string;
let site: Site;
let daemons: WatchProcess[];
/** What must be undone before the folder can be removed. */
let undo: (() => void)[];
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'faults-'));
  site = await makeSite(root);
  [daemons, undo] = [[], []];
});
afterEach(async () => {
  for (const daemon of daemons) await killDaemon(daemon);
  for (const step of undo) step();
  rmSync(root, { recursive: true, force: true });
});

const OPTIONS = ['--scan-interval-ms', '300'];

function start(...more: string[]): WatchProcess {
  const watch = startWatch(site, ...OPTIONS, ...more);
  daemons.push(watch);
  return watch;
}

/** Root may read everything: there the daemon is started as somebody else. */
function startAsOther(): WatchProcess {
  if (process.getuid?.() !== 0) return start();
  execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, root]);
  chmodSync(root, 0o755);
  const watch = startWatchAs({ uid: NOBODY, gid: NOBODY }, site, '--model', site.bundle, ...OPTIONS);
  daemons.push(watch);
  return watch;
}
const stateDir = () => join(site.out, '.voxwatch-state');
const said = (watch: WatchProcess, ...words: string[]) =>
  expect.poll(() => words.filter((word) => !watch.log().includes(word)), PATIENCE).toEqual([]);
const whole = (...names: string[]) => expect.poll(() => readResults(site.out).whole, PATIENCE).toEqual(names);

/** A file system of its own, so small that results do not fit. @returns nothing where this process may not mount. */
function mountSmall(dir: string, kilobytes: number): boolean {
  mkdirSync(dir, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', dir], { stdio: 'ignore' });
  } catch {
    return false;
  }
  undo.push(() => execFileSync('umount', ['-l', dir]));
  return true;
}

describe('the disk', () => {
  it(
    'is full in the midst of a result: nothing half is published, and the study is done when there is room',
    async (context) => {
      if (!mountSmall(site.out, 1_000)) return context.skip();
      // State on another disk: it is the result that finds no room.
      const state = join(root, 'state');
      await giveReadyQueue({ out: root });
      renameSync(join(root, '.voxwatch-state'), state);
      writeFileSync(join(site.out, 'ballast'), new Uint8Array(1_000_000));
      const name = dropStudy(site.input, 0, SLICES);
      const watch = start('--state', state);
      await said(watch, 'OUTPUT_NOT_WRITABLE', 'wait-for-machine');
      expect(visible(site.out)).toEqual(['ballast']);
      expect(countLeftovers(site.out)).toBe(0);
      rmSync(join(site.out, 'ballast'));
      await whole(name);
    },
    TIMEOUT,
  );

  it(
    'is full where the ledger lies: the study waits, and is published once',
    async (context) => {
      await giveReadyQueue(site);
      const ledger = join(stateDir(), 'ledger');
      if (!mountSmall(ledger, 16)) return context.skip();
      writeFileSync(join(ledger, 'ballast'), new Uint8Array(16_384));
      const name = dropStudy(site.input, 0, SLICES);
      const watch = start();
      await said(watch, 'job.failed', 'wait-for-machine');
      expect(readResults(site.out).all).toEqual([]);
      rmSync(join(ledger, 'ballast'));
      await whole(name);
    },
    TIMEOUT,
  );

  it(
    'is read-only: the start says so, with its exit code',
    async (context) => {
      if (!mountSmall(site.out, 1_000)) return context.skip();
      execFileSync('mount', ['-o', 'remount,ro', site.out]);
      dropStudy(site.input, 0, SLICES);
      const watch = start();
      expect(await exitOf(watch.process)).toBe(4);
      expect(watch.log()).toContain('OUTPUT_NOT_WRITABLE');
    },
    TIMEOUT,
  );

  it(
    'becomes read-only while the daemon runs: the study waits, and is done when it can be written again',
    async (context) => {
      if (!mountSmall(site.out, 2_000)) return context.skip();
      const state = join(root, 'state');
      await giveReadyQueue({ out: root });
      renameSync(join(root, '.voxwatch-state'), state);
      const watch = start('--state', state);
      await said(watch, 'daemon.started');
      execFileSync('mount', ['-o', 'remount,ro', site.out]);
      const name = dropStudy(site.input, 0, SLICES);
      await said(watch, 'OUTPUT_NOT_WRITABLE', 'wait-for-machine');
      execFileSync('mount', ['-o', 'remount,rw', site.out]);
      await whole(name);
    },
    TIMEOUT,
  );
});

describe('the queue', () => {
  it.each([
    ['deleted', (queue: string) => rmSync(queue, { recursive: true })],
    ['truncated', (queue: string) => truncateAll(queue)],
  ])(
    'is %s while the daemon works and after it was killed: each study still has one result',
    async (_what, damage) => {
      await giveReadyQueue(site);
      const names = [0, 1, 2].map((number) => dropStudy(site.input, number, SLICES));
      const first = start();
      await said(first, 'job.started');
      damage(join(stateDir(), 'queue'));
      await killDaemon(first);
      names.push(dropStudy(site.input, 3, SLICES));
      const last = start('--once');
      expect(await exitOf(last.process), last.log()).toBe(0);
      expect(readResults(site.out)).toEqual({ all: names, whole: names });
      expect(countLeftovers(site.out)).toBe(0);
    },
    TIMEOUT,
  );
});

describe('the input', () => {
  it(
    'vanishes or changes once it is queued: the others are done, and what is there in the end has its result',
    async () => {
      await giveReadyQueue(site);
      const names = [0, 1, 2, 3].map((number) => dropStudy(site.input, number, SLICES));
      const watch = start();
      await said(watch, 'job.queued');
      rmSync(join(site.input, `${names[3]}.nii.gz`));
      dropStudy(site.input, 2, SLICES + 1);
      // Whether the old one was done before is a matter of chance; the new one is, beside it.
      const slicesOf = (name: string): unknown =>
        JSON.parse(readFileSync(join(site.out, name, 'report.json'), 'utf8')).input.sizeVoxels[2];
      const ofThird = () => readResults(site.out).whole.filter((name) => name.startsWith(names[2] as string));
      await expect.poll(() => ofThird().map(slicesOf), PATIENCE).toContain(SLICES + 1);
      await expect.poll(() => readResults(site.out).whole, PATIENCE).toEqual(expect.arrayContaining(names.slice(0, 3)));
      expect(visible(site.out)).not.toContain('rejected');
      // The last may still be at work.
      await expect.poll(() => countLeftovers(site.out), PATIENCE).toBe(0);
    },
    TIMEOUT,
  );

  it(
    'may not be read: it is refused with the reason, the others are done, and it is done once it may',
    async (context) => {
      await giveReadyQueue(site);
      const names = [0, 1].map((number) => dropStudy(site.input, number, SLICES));
      const closed = join(site.input, `${names[1]}.nii.gz`);
      chmodSync(closed, 0);
      const watch = startAsOther();
      const ended = watch.ended.then(() => 'ended' as const);
      // Where the sources themselves are closed to others, it cannot be tried.
      const first = await Promise.race([ended, whole(names[0] as string)]);
      if (first === 'ended') return context.skip();
      await said(watch, 'series.rejected');
      expect(visible(join(site.out, 'rejected'))).toEqual([`${names[1]}`]);
      chmodSync(closed, 0o644);
      utimesSync(closed, 2, 2);
      await whole(...names);
    },
    TIMEOUT,
  );
});

function truncateAll(dir: string): void {
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) truncateSync(join(entry.parentPath, entry.name), 0);
}
