/**
 * Drops many small studies of mixed size at once, and watches the daemon do them; then drops as many one by one, a little more
 * slowly than they were done, and sees how long each takes to its result.
 *
 *   node dist/bench/load-daemon.js [--studies 200] [--steady 50] [--model FOLDER]
 *
 * Without `--model` two thresholding networks that it writes itself: then it is the daemon that is measured, and the share of the
 * throughput is the strictest. Prints a table: throughput beside a bare `segment` of the same files, in one process for all, and
 * beside one `segment` a study, as some of them take; the event loop's longest gap, memory over time, how far the order of results
 * is from the order of arrival. Exit code 1 if a study has no result, or one of the goals is missed, which on a machine with other
 * work says nothing.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createRandom } from '../core/random.ts';
import { writeTinyBundle } from '../test/runtime/make-tiny-bundle.ts';
import { readMetric } from './daemon/read-metric.ts';
import { dropStudy } from './daemon/studies.ts';
import { MAIN, readResults, startWatch } from './daemon/watch-process.ts';

const [FEWEST_SLICES, MOST_SLICES] = [4, 24];
/** Seldom: who looks on takes from what is measured. */
const SAMPLE_MS = 3_000;
/** So many of the studies are given to a `segment` of their own. */
const SINGLE_RUNS = 8;
const POLL_MS = 20;
/** Goals. */
const LEAST_SHARE = 0.95;
const LONGEST_GAP_MS = 100;
/** What is flushed to the disk while the next is written may be published after it. */
const MOST_OVERTAKEN = 1;
/** The last third may hold so much more memory than the second. */
const GROWTH = 1.1;
/** A study of the steady rate comes every so many times what one took in the burst. */
const EASE = 1.5;

const { values } = parseArgs({
  options: {
    studies: { type: 'string', default: '200' },
    steady: { type: 'string', default: '50' },
    model: { type: 'string' },
  },
});
const [count, steadyCount] = [Number(values.studies), Number(values.steady)];
const random = createRandom(1, 'load-daemon');
const root = mkdtempSync(join(tmpdir(), 'load-daemon-'));
const folders = { input: join(root, 'in'), out: join(root, 'out') };
const bundle = values.model ?? join(root, 'bundle');
if (values.model === undefined) await writeTinyBundle(bundle);
const model = ['--model', bundle];
mkdirSync(folders.input);

const watch = startWatch(folders, ...model, '--http', '127.0.0.1:0');
while (!watch.log().includes('daemon.started')) await sleep(50);
const studies = Array.from({ length: count }, (_, n) => dropStudy(folders.input, n, random.integer(FEWEST_SLICES, MOST_SLICES)));
const memoryMb: number[] = [];
const isPublished = (name: string): boolean => existsSync(join(folders.out, name, 'report.json'));
while (!studies.every(isPublished) && watch.process.exitCode === null) {
  memoryMb.push(Math.round((await readMetric(watch, 'voxwatch_resident_memory_bytes')) / 1e6));
  await sleep(SAMPLE_MS);
}
/** A folder is published by a rename, which is the last change of its entry; a file is dropped by one. */
const changedMs = (path: string): number => statSync(path).ctimeMs;
const finished = studies.map((name) => changedMs(join(folders.out, name)));
const daemonSeconds = (Math.max(...finished) - changedMs(join(folders.input, `${studies[0]}.nii.gz`))) / 1000;

/** Milliseconds from a study's last byte to its result, one by one. */
const latenciesMs: number[] = [];
const everyMs = (EASE * 1000 * daemonSeconds) / count;
for (let n = 0; n < steadyCount; n++) {
  const droppedMs = performance.now();
  const name = dropStudy(folders.input, count + n, random.integer(FEWEST_SLICES, MOST_SLICES));
  while (!isPublished(name)) await sleep(POLL_MS);
  latenciesMs.push(performance.now() - droppedMs);
  memoryMb.push(Math.round((await readMetric(watch, 'voxwatch_resident_memory_bytes')) / 1e6));
  await sleep(Math.max(0, everyMs - (performance.now() - droppedMs)));
}
latenciesMs.sort((a, b) => a - b);
const gapMs = (await readMetric(watch, 'voxwatch_event_loop_longest_gap_seconds')) * 1000;
watch.process.kill('SIGTERM');
await watch.ended;

const order = [...finished.keys()].sort((a, b) => (finished[a] as number) - (finished[b] as number));
const displacement = Math.max(...order.map((study, place) => Math.abs(study - place)));

// The studies of the burst alone.
const burst = join(root, 'burst');
mkdirSync(burst);
for (const name of studies) linkSync(join(folders.input, `${name}.nii.gz`), join(burst, `${name}.nii.gz`));
const bareSeconds = secondsOfSegment(burst, 'bare');
const singles = studies.filter((_, n) => n % Math.ceil(count / SINGLE_RUNS) === 0);
const singleSeconds = singles.map((name) => secondsOfSegment(join(burst, `${name}.nii.gz`), 'singles'));
const apartSeconds = (singleSeconds.reduce((sum, seconds) => sum + seconds, 0) / singles.length) * count;

const third = Math.ceil(memoryMb.length / 3);
const peaksMb = [0, 1, 2].map((n) => Math.max(...memoryMb.slice(n * third, (n + 1) * third)));
const whole = readResults(folders.out).whole.length;
const rows = {
  studies: `${count} at once, ${steadyCount} one by one`,
  'with a whole result': whole,
  'seconds of the burst, daemon / bare segment': `${daemonSeconds.toFixed(1)} / ${bareSeconds.toFixed(1)}`,
  [`seconds of one segment a study, as ${singles.length} of them take`]: apartSeconds.toFixed(1),
  'places that a study was overtaken by, at most': displacement,
  'from last byte to result, one by one, s: median / longest': [0.5, 1]
    .map((part) => ((latenciesMs[Math.ceil(part * steadyCount) - 1] ?? Number.NaN) / 1000).toFixed(2))
    .join(' / '),
  'longest gap of the event loop, ms': gapMs.toFixed(0),
  'memory of the daemon, MB, at most in each third': peaksMb.join(' / '),
};
console.log('| | |\n| --- | --- |');
for (const [what, value] of Object.entries(rows)) console.log(`| ${what} | ${value} |`);
const goals = {
  'a result each': whole === count + steadyCount,
  'in order': displacement <= MOST_OVERTAKEN,
  throughput: bareSeconds / daemonSeconds >= LEAST_SHARE,
  'event loop': gapMs <= LONGEST_GAP_MS,
  'flat memory': (peaksMb[2] as number) <= GROWTH * (peaksMb[1] as number),
};
for (const [goal, isMet] of Object.entries(goals)) console.log(`${isMet ? 'met   ' : 'MISSED'}  ${goal}`);
process.exitCode = Object.values(goals).every(Boolean) ? 0 : 1;
rmSync(root, { recursive: true });

function secondsOfSegment(input: string, out: string): number {
  const startMs = performance.now();
  const words = ['segment', input, '--out', join(root, out), '--provider', 'cpu', ...model];
  execFileSync(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'ignore', 'ignore'] });
  return (performance.now() - startMs) / 1000;
}
