/**
 * The compiled `voxwatch watch` as its own process, and what it left in its folders.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The command line, compiled, also where a test runs this module from its source. */
export const MAIN = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/cli/main.js' : '../../cli/main.js', import.meta.url),
);
const WAITS = ['--quiet-period-ms', '200', '--long-quiet-period-ms', '400', '--incomplete-timeout-ms', '600'];
/** Small studies fit where a daemon that is to run for months would no longer take up work. */
const ROOM = ['--min-free-mb', '0'];

export interface WatchFolders {
  readonly input: string;
  readonly out: string;
}

export interface WatchProcess {
  readonly process: ChildProcess;
  /** Its log so far. */
  readonly log: () => string;
  /** Resolves to exit code or signal. */
  readonly ended: Promise<number | string | null>;
}

export function startWatch(folders: WatchFolders, ...options: readonly string[]): WatchProcess {
  return startWatchAs({}, folders, ...options);
}

/** @param identity - Who the process is to be; root alone may say so. */
export function startWatchAs(
  identity: { readonly uid?: number; readonly gid?: number },
  { input, out }: WatchFolders,
  ...options: readonly string[]
): WatchProcess {
  const words = ['watch', '--in', input, '--out', out, '--provider', 'cpu', ...WAITS, ...ROOM, ...options];
  const child = spawn(process.execPath, [MAIN, ...words], { ...identity, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (text) => {
    log += String(text);
  });
  const ended = new Promise<number | string | null>((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  return { process: child, log: () => log, ended };
}

/** Kills a daemon without a warning, and waits until its worker has followed it. */
export async function killDaemon(watch: WatchProcess): Promise<void> {
  const { process: daemon, ended } = watch;
  const workers = workersOf(watch);
  daemon.kill('SIGKILL');
  await ended;
  while (workers.some(isRunning)) await sleep(20);
}

/** Process ids of a daemon's workers, where the system tells them. */
export function workersOf({ process: { pid } }: WatchProcess): readonly string[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').filter(Boolean) : [];
}

function isRunning(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Names of results that are there, and which of them are whole. */
export function readResults(out: string): { readonly all: readonly string[]; readonly whole: readonly string[] } {
  const all = existsSync(out) ? readdirSync(out).filter((name) => !name.startsWith('.')) : [];
  const whole = all.filter((name) => {
    try {
      const { jobIdentity } = JSON.parse(readFileSync(join(out, name, 'report.json'), 'utf8')) as { readonly jobIdentity: unknown };
      return typeof jobIdentity === 'string' && existsSync(join(out, name, 'mask.nii.gz'));
    } catch {
      return false;
    }
  });
  return { all: all.sort(), whole: whole.sort() };
}

/** What unfinished work left: folders of results, files of the ledger. */
export function countLeftovers(out: string): number {
  const namesIn = (dir: string): string[] => (existsSync(dir) ? readdirSync(dir) : []);
  const unfinished = namesIn(join(out, '.voxwatch-state', 'ledger')).filter((name) => !name.endsWith('.json'));
  return namesIn(join(out, '.voxwatch-tmp')).length + unfinished.length;
}
