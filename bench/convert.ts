/**
 * Times `voxwatch convert` beside dcm2niix on the same series, by turns, both writing gzip: medians, and peak memory.
 *
 *     node dist/bench/convert.js FOLDER [dcm2niix] [rounds]
 *
 * The files are read once before, so both find them in the page cache. Memory is the process's own high-water mark as
 * Linux keeps it (VmHWM), looked at every few milliseconds.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const SAMPLE_MS = 5;

interface Run {
  readonly seconds: number;
  readonly peakMb: number;
}

async function timed(command: string, args: readonly string[]): Promise<Run> {
  const started = performance.now();
  const child = spawn(command, args, { stdio: 'ignore' });
  let peakMb = 0;
  const timer = setInterval(() => {
    peakMb = Math.max(peakMb, highWaterMb(child));
  }, SAMPLE_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    if (code !== 0) throw new Error(`${command} ended with exit code ${code}`);
    return { seconds: (performance.now() - started) / 1000, peakMb };
  } finally {
    clearInterval(timer);
  }
}

/** 0 once the process is gone. */
function highWaterMb({ pid }: ChildProcess): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

async function main([folder, dcm2niix = 'dcm2niix', rounds = '5']: readonly string[]): Promise<void> {
  if (folder === undefined) throw new Error('usage: convert.js FOLDER [dcm2niix] [rounds]');
  const names = await readdir(folder);
  for (const name of names) await readFile(path.join(folder, name));
  const scratch = await mkdtemp(path.join(tmpdir(), 'voxwatch-bench-'));
  const runs: Readonly<Record<'voxwatch' | 'dcm2niix', Run[]>> = { voxwatch: [], dcm2niix: [] };
  try {
    for (let round = 0; round < Number(rounds); round++) {
      runs.voxwatch.push(await timed(process.execPath, [CLI, 'convert', folder, path.join(scratch, 'a.nii.gz')]));
      runs.dcm2niix.push(await timed(dcm2niix, ['-z', 'y', '-f', `b${round}`, '-o', scratch, folder]));
    }
  } finally {
    await rm(scratch, { recursive: true });
  }
  process.stdout.write(`${names.length} files, ${rounds} rounds by turns, ${cpus().length} cores\n`);
  for (const [who, own] of Object.entries(runs)) {
    const seconds = own.map((run) => run.seconds);
    const range = `${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}`;
    const peak = Math.max(...own.map((run) => run.peakMb));
    process.stdout.write(`${who.padEnd(9)} median ${median(seconds).toFixed(2)} s (${range}), peak ${peak.toFixed(0)} MB\n`);
  }
}

await main(process.argv.slice(2));
