/**
 * One daemon a state folder: a lock file that names its holder and is touched while the holder lives.
 *
 * A holder on this machine is looked up by process id and start time, so a lock left by `kill -9` (or by a container whose
 * new process has the same id) is taken over at once. One from another machine counts as left when it is no longer touched.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { VoxwatchError } from '../../core/errors.ts';

interface Holder {
  readonly host: string;
  readonly pid: number;
  /** Start of the process in clock ticks since boot, where the system tells it. */
  readonly startTicks?: string;
  /** Tells two locks of the same process apart. */
  readonly token: string;
}

export interface StateLock {
  release(): Promise<void>;
}

const LOCK_NAME = 'daemon.lock';
const TOUCH_INTERVAL_MS = 5_000;
/** A lock of another machine that was not touched for this long has been left. */
const LEFT_AFTER_MS = 20_000;
/** Takeovers can collide; more than this many in a row means somebody else keeps winning. */
const MAX_ATTEMPTS = 5;
/** Longer than it takes to move a lock aside, see whose it is and put it back. */
const SETTLE_MS = 50;

/**
 * Takes the lock of a state folder.
 * @param leftAfterMs - For tests.
 * @throws {VoxwatchError} `ALREADY_RUNNING` if another daemon holds it.
 */
export async function acquireStateLock(stateDir: string, leftAfterMs = LEFT_AFTER_MS): Promise<StateLock> {
  const path = join(stateDir, LOCK_NAME);
  const startTicks = await readStartTicks(process.pid);
  const own: Holder = { host: hostname(), pid: process.pid, token: randomUUID(), ...(startTicks !== undefined && { startTicks }) };
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (await tryCreate(path, own)) {
      // Somebody who found the former lock left may have moved this one aside for a moment, and a third have come in between.
      await sleep(SETTLE_MS);
      if (await isHeldBy(path, own)) return hold(path, own);
    } else if (!(await removeIfLeft(path, leftAfterMs))) break;
  }
  throw new VoxwatchError(
    'ALREADY_RUNNING',
    'Another daemon works on this state folder. Stop it, or give this one a folder of its own with --state.',
  );
}

/** A link is made whole or not at all, and fails if the name is taken. */
async function tryCreate(path: string, own: Holder): Promise<boolean> {
  const draft = `${path}.${own.token}`;
  await writeFile(draft, JSON.stringify(own));
  try {
    await link(draft, path);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  } finally {
    await unlink(draft);
  }
}

function hold(path: string, own: Holder): StateLock {
  const timer = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, TOUCH_INTERVAL_MS);
  timer.unref();
  return {
    release: async () => {
      clearInterval(timer);
      if (await isHeldBy(path, own)) await unlink(path).catch(() => {});
    },
  };
}

/** @returns Whether it is worth while to try again. */
async function removeIfLeft(path: string, leftAfterMs: number): Promise<boolean> {
  const seen = await readHolder(path);
  if (!(await isLeft(path, seen, leftAfterMs))) return false;
  const aside = `${path}.${randomUUID()}`;
  // To look took a while: what is there now may be somebody's who was quicker.
  const now = await readHolder(path);
  if (now?.token !== seen?.token) return true;
  try {
    await rename(path, aside);
  } catch {
    return true;
  }
  // Somebody may have taken over between our reading and our renaming: then it is their lock that we hold in the hand.
  const renamed = await readHolder(aside);
  if (renamed !== undefined && renamed.token !== seen?.token) await link(aside, path).catch(() => {});
  await unlink(aside);
  return true;
}

async function isLeft(path: string, holder: Holder | undefined, leftAfterMs: number): Promise<boolean> {
  if (holder === undefined) return true;
  if (holder.host === hostname()) return !(await isAlive(holder));
  const touchedMs = async () => (await stat(path).catch(() => undefined))?.mtimeMs;
  const before = await touchedMs();
  if (before === undefined) return true;
  if (Date.now() - before > leftAfterMs) return true;
  // A new container often starts right after the old one died: wait for the answer instead of giving up.
  await sleep(leftAfterMs);
  return (await touchedMs()) === before;
}

async function isAlive({ pid, startTicks }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startTicks === undefined || (await readStartTicks(pid)) === startTicks;
}

/** Fields 3 (state) and 22 (start) of /proc/<pid>/stat; field 2, the name of the process, may hold spaces and brackets. */
async function readStartTicks(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  // A dead process that nobody has waited for yet is still listed.
  return fields?.[0] === 'Z' ? undefined : fields?.[19];
}

async function isHeldBy(path: string, { token }: Holder): Promise<boolean> {
  return (await readHolder(path))?.token === token;
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}
