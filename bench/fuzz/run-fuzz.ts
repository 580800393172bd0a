/**
 * Thousands of damaged DICOM and NIfTI inputs, each in a process that is watched → what came of them.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { RealFiles } from './seeds.ts';
import type { FuzzOrder, FuzzReport } from './worker.ts';

export interface FuzzOptions extends RealFiles {
  /** The compiled `worker.js`. */
  readonly worker: string;
  readonly seed: number;
  readonly mutations: number;
  /** Where to begin; to look at one mutation again. @defaultValue 0 */
  readonly first?: number;
  readonly onProgress?: (done: number) => void;
}

/** Something that must never happen, and how to see it again: the same options with `--first N --mutations 1`. */
export interface Fault {
  readonly mutation: number;
  readonly what: string;
}

export interface FuzzResult {
  readonly mutations: number;
  /** How many inputs met each code; `read` where nothing was refused. */
  readonly codes: Readonly<Record<string, number>>;
  readonly faults: readonly Fault[];
  readonly slowest: { readonly mutation: number; readonly seedName: string; readonly cpuMs: number };
  /** Most memory that the reading process ever held. */
  readonly peakMb: number;
}

/** No answer for so long, on however busy a machine: the input hangs. */
const HANG_MS = 120_000;

export async function runFuzz(options: FuzzOptions): Promise<FuzzResult> {
  const codes: Record<string, number> = {};
  const faults: Fault[] = [];
  let slowest = { mutation: -1, seedName: '', cpuMs: 0 };
  let peakMb = 0;
  const first = options.first ?? 0;
  const end = first + options.mutations;
  let next = first;
  while (next < end) {
    const death = await runWorker(options, next, end, (report) => {
      for (const code of report.codes) codes[code] = (codes[code] ?? 0) + 1;
      for (const what of report.faults) faults.push({ mutation: report.mutation, what: `${report.seedName}: ${what}` });
      if (report.cpuMs > slowest.cpuMs) slowest = { mutation: report.mutation, seedName: report.seedName, cpuMs: report.cpuMs };
      peakMb = Math.max(peakMb, report.peakMb);
      next = report.mutation + 1;
      options.onProgress?.(next - first);
    });
    if (death) faults.push({ mutation: next++, what: death });
  }
  return { mutations: options.mutations, codes, faults, slowest, peakMb };
}

/** @returns how the worker ended if it did not end well: then the mutation after the last report is to blame. */
function runWorker(
  { worker, ...options }: FuzzOptions,
  from: number,
  to: number,
  onReport: (report: FuzzReport) => void,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child: ChildProcess = fork(worker, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    let hung = false;
    let timer = setTimeout(kill, HANG_MS);
    function kill(): void {
      hung = true;
      child.kill('SIGKILL');
    }
    child.on('message', (report: FuzzReport) => {
      clearTimeout(timer);
      timer = setTimeout(kill, HANG_MS);
      onReport(report);
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(hung ? `no answer within ${HANG_MS} ms` : code === 0 ? undefined : `the process died (${signal ?? code})`);
    });
    const { seed, sharedData, withCodecs } = options;
    const order: FuzzOrder = { seed, from, to, ...(sharedData ? { sharedData } : {}), ...(withCodecs ? { withCodecs } : {}) };
    child.send(order);
  });
}
