/**
 * Drops studies of mixed size at a steady rate, whether or not those before are done, and watches the daemon keep up.
 *
 *   node dist/bench/steady-daemon.js [--minutes 60] [--every-s 3] [--model FOLDER]
 *
 * Without `--model` two thresholding networks that it writes itself. The input stays in the watched folder. Prints a table: how
 * long each study took from its last byte to its result, how far the order of results is from the order of arrival, memory of the
 * daemon and of its worker, and the event loop's longest gap, each also by thirds of the time. Exit code 1 if a study has no
 * result, was overtaken, or waits longer and longer, or if memory grows. Linux only: it reads `/proc`.
 * @module
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createRandom } from '../core/random.ts';
import { writeTinyBundle } from '../test/runtime/make-tiny-bundle.ts';
import { readMetric } from './daemon/read-metric.ts';
import { dropStudy } from './daemon/studies.ts';
import { startWatch, workersOf } from './daemon/watch-process.ts';

const [FEWEST_SLICES, MOST_SLICES] = [4, 24];
/** The last study may take so long. */
const PATIENCE_MS = 600_000;
const POLL_MS = 200;
/** What is flushed to the disk while the next is written may be published after it. */
const MOST_OVERTAKEN = 1;
/** The last third may be above the second by so much: memory at most, waits in the median. */
const MEMORY_GROWTH = 1.1;
const WAIT_GROWTH = 1.5;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    'every-s': { type: 'string', default: '3' },
    model: { type: 'string' },
  },
});
const everyMs = Number(values['every-s']) * 1000;
const count = Math.floor((Number(values.minutes) * 60_000) / everyMs);
const random = createRandom(1, 'steady-daemon');
const root = mkdtempSync(join(tmpdir(), 'steady-daemon-'));
const folders = { input: join(root, 'in'), out: join(root, 'out') };
const bundle = values.model ?? join(root, 'bundle');
if (values.model === undefined) await writeTinyBundle(bundle);
mkdirSync(folders.input);

const watch = startWatch(folders, '--model', bundle, '--http', '127.0.0.1:0');
while (!watch.log().includes('daemon.started')) await sleep(POLL_MS);

interface Sample {
  readonly daemonMb: number;
  readonly workerMb: number;
  readonly gapMs: number;
}
const studies: { readonly name: string; readonly droppedAt: number }[] = [];
const samples: Sample[] = [];
const startMs = performance.now();
for (let n = 0; n < count && watch.process.exitCode === null; n++) {
  await sleep(Math.max(0, startMs + n * everyMs - performance.now()));
  const name = dropStudy(folders.input, n, random.integer(FEWEST_SLICES, MOST_SLICES));
  studies.push({ name, droppedAt: Date.now() });
  samples.push(await sample());
}
const endMs = performance.now() + PATIENCE_MS;
const isThere = ({ name }: { readonly name: string }): boolean => existsSync(join(folders.out, name, 'report.json'));
while (!studies.every(isThere) && performance.now() < endMs && watch.process.exitCode === null) await sleep(POLL_MS);
watch.process.kill('SIGTERM');
const exit = await watch.ended;

const done = studies.filter(isThere).map(({ name, droppedAt }) => {
  // A folder is published by a rename, which is the last change of its entry.
  const publishedAt = statSync(join(folders.out, name)).ctimeMs;
  return { waitS: Math.max(0, publishedAt - droppedAt) / 1000, publishedAt };
});
const order = [...done.keys()].sort((a, b) => (done[a]?.publishedAt ?? 0) - (done[b]?.publishedAt ?? 0));
const displacement = Math.max(...order.map((study, place) => Math.abs(study - place)));
const waits = thirds(done.map(({ waitS }) => waitS));
const peak = (read: (one: Sample) => number): readonly number[] => thirds(samples.map(read)).map((part) => Math.max(...part));
const [daemonMb, workerMb, gapMs] = [peak((one) => one.daemonMb), peak((one) => one.workerMb), peak((one) => one.gapMs)];
const [medians, longest] = [waits.map(median), waits.map((part) => Math.max(...part))];
const troubles = watch.log().match(/"level":"(warn|error)"/g)?.length ?? 0;

const words = (numbers: readonly number[], digits: number): string => numbers.map((n) => n.toFixed(digits)).join(' / ');
const rows = {
  studies: `${studies.length}, one every ${values['every-s']} s`,
  'with a whole result': done.length,
  'places that a study was overtaken by, at most': displacement,
  'from last byte to result, s, median of each third': words(medians, 2),
  'the longest of each third': words(longest, 2),
  'longest gap of the event loop until the end of each third, ms': words(gapMs, 0),
  'memory of the daemon, MB, at most in each third': words(daemonMb, 0),
  'memory of its worker, MB, at most in each third': words(workerMb, 0),
  'warnings and errors in the log': troubles,
  'exit code': exit,
};
console.log('| | |\n| --- | --- |');
for (const [what, value] of Object.entries(rows)) console.log(`| ${what} | ${value} |`);
const hasGrown = ([, second, last]: readonly number[], growth: number): boolean => (last as number) > growth * (second as number);
const goals = {
  'a result each': done.length === count,
  'in order': displacement <= MOST_OVERTAKEN,
  'keeps up': !hasGrown(medians, WAIT_GROWTH),
  'flat memory': !hasGrown(daemonMb, MEMORY_GROWTH) && !hasGrown(workerMb, MEMORY_GROWTH),
};
for (const [goal, isMet] of Object.entries(goals)) console.log(`${isMet ? 'met   ' : 'MISSED'}  ${goal}`);
process.exitCode = Object.values(goals).every(Boolean) ? 0 : 1;
rmSync(root, { recursive: true });

async function sample(): Promise<Sample> {
  return {
    daemonMb: (await readMetric(watch, 'voxwatch_resident_memory_bytes')) / 1e6,
    workerMb: workersOf(watch).reduce((sum, pid) => sum + residentMb(pid), 0),
    gapMs: (await readMetric(watch, 'voxwatch_event_loop_longest_gap_seconds')) * 1000,
  };
}

/** 0 for a process that has just ended. */
function residentMb(pid: string): number {
  const file = `/proc/${pid}/status`;
  const [, kiB] = (existsSync(file) && /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))) || [];
  return (Number(kiB ?? 0) * 1024) / 1e6;
}

function thirds<T>(all: readonly T[]): readonly (readonly T[])[] {
  const part = Math.ceil(all.length / 3);
  return [0, 1, 2].map((n) => all.slice(n * part, (n + 1) * part));
}

function median(sample: readonly number[]): number {
  return [...sample].sort((a, b) => a - b)[Math.floor(sample.length / 2)] ?? Number.NaN;
}
