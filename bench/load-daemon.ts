/**
 * Drops many small studies of mixed size at once, and watches the daemon do them.
 *
 *   node dist/bench/load-daemon.js [--studies 200] [--model FOLDER]
 *
 * Prints a table: throughput beside a bare `segment` of the same files, the event loop's longest gap, memory over time, and
 * how far the order of results is from the order of arrival. Exit code 1 if a study has no result.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createRandom } from '../core/random.ts';
import { dropStudy } from './daemon/studies.ts';
import { MAIN, readResults, startWatch, type WatchProcess } from './daemon/watch-process.ts';

const [FEWEST_SLICES, MOST_SLICES] = [4, 24];
const SAMPLE_MS = 2_000;

const { values } = parseArgs({ options: { studies: { type: 'string', default: '200' }, model: { type: 'string' } } });
const count = Number(values.studies);
const random = createRandom(1, 'load-daemon');
const root = mkdtempSync(join(tmpdir(), 'load-daemon-'));
const folders = { input: join(root, 'in'), out: join(root, 'out') };
const model = values.model === undefined ? [] : ['--model', values.model];
mkdirSync(folders.input);

const watch = startWatch(folders, ...model, '--http', '127.0.0.1:0');
while (!watch.log().includes('daemon.started')) await sleep(50);
const studies = Array.from({ length: count }, (_, n) => dropStudy(folders.input, n, random.integer(FEWEST_SLICES, MOST_SLICES)));
const startMs = performance.now();
const memoryMb: number[] = [];
while (readResults(folders.out).whole.length < count && watch.process.exitCode === null) {
  memoryMb.push(Math.round((await metric(watch, 'voxwatch_resident_memory_bytes')) / 1e6));
  await sleep(SAMPLE_MS);
}
const daemonSeconds = (performance.now() - startMs) / 1000;
const gapMs = (await metric(watch, 'voxwatch_event_loop_longest_gap_seconds')) * 1000;
watch.process.kill('SIGTERM');
await watch.ended;

const finished = studies.map((name) => statSync(join(folders.out, name, 'report.json')).mtimeMs);
const order = [...finished.keys()].sort((a, b) => (finished[a] as number) - (finished[b] as number));
const displacement = Math.max(...order.map((study, place) => Math.abs(study - place)));

const bareMs = performance.now();
execFileSync(process.execPath, [MAIN, 'segment', folders.input, '--out', join(root, 'bare'), '--provider', 'cpu', ...model], {
  stdio: ['ignore', 'ignore', 'ignore'],
});
const bareSeconds = (performance.now() - bareMs) / 1000;

const third = Math.ceil(memoryMb.length / 3);
const peak = (part: readonly number[]): number => Math.max(...part);
const rows = {
  studies: count,
  'with a whole result': readResults(folders.out).whole.length,
  'seconds, daemon / bare segment': `${daemonSeconds.toFixed(1)} / ${bareSeconds.toFixed(1)}`,
  'longest gap of the event loop, ms': gapMs.toFixed(0),
  'memory of the daemon, MB, at most in each third': [0, 1, 2]
    .map((n) => peak(memoryMb.slice(n * third, (n + 1) * third)))
    .join(' / '),
  'places that a study was overtaken by, at most': displacement,
};
console.log('| | |\n| --- | --- |');
for (const [what, value] of Object.entries(rows)) console.log(`| ${what} | ${value} |`);
process.exitCode = rows['with a whole result'] === count ? 0 : 1;
rmSync(root, { recursive: true });

async function metric({ log }: WatchProcess, name: string): Promise<number> {
  const port = /"http.listening","port":(\d+)/.exec(log())?.[1];
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}
