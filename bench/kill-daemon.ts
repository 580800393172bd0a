/**
 * Kills the daemon at random moments and starts it again; then lets it finish, and counts what became of each study.
 *
 *   node dist/bench/kill-daemon.js [--kills 200] [--minutes 15] [--seed 1] [--model FOLDER] [--longest-ms 2000]
 *
 * Without `--model` it works with two thresholding networks that it writes itself: what is killed is the daemon, not a network.
 * Moments are uniform over `--longest-ms`: every other one from the start of the process, the rest from the start of a job.
 * On a slow machine fewer kills come to pass in the minutes; the table says how many.
 * Prints one JSON document a kill on stderr and a table on stdout; exit code 1 if a study has no whole result, or two, or if
 * something was left behind.
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createRandom } from '../core/random.ts';
import { writeTinyBundle } from '../test/runtime/make-tiny-bundle.ts';
import { dropStudy } from './daemon/studies.ts';
import { countLeftovers, killDaemon, readResults, startWatch, type WatchProcess } from './daemon/watch-process.ts';

const SLICES = 4;
/** A life whose kill waits for a job waits no longer for it. */
const LONGEST_WAIT_MS = 300_000;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    minutes: { type: 'string', default: '15' },
    seed: { type: 'string', default: '1' },
    model: { type: 'string' },
    'longest-ms': { type: 'string', default: '2000' },
  },
});
const mostKills = Number(values.kills);
const startMs = performance.now();
const untilMs = startMs + Number(values.minutes) * 60_000;
const longestMs = Number(values['longest-ms']);
const random = createRandom(Number(values.seed), 'kill-daemon');
const root = mkdtempSync(join(tmpdir(), 'kill-daemon-'));
const folders = { input: join(root, 'in'), out: join(root, 'out') };
const bundle = values.model ?? join(root, 'bundle');
mkdirSync(folders.input);
if (values.model === undefined) await writeTinyBundle(bundle);
const model = ['--model', bundle];

const studies: string[] = [];
let kills = 0;
while (kills < mostKills && performance.now() < untilMs) {
  kills++;
  // Every other kill comes while a study is worked on, the others while the daemon starts and looks.
  const isWorking = kills % 2 === 0;
  if (isWorking || studies.length === 0) studies.push(dropStudy(folders.input, studies.length, SLICES));
  const watch = startWatch(folders, ...model);
  if (isWorking) await untilItWorks(watch);
  const waitedMs = Math.round(random.uniform(0, longestMs));
  await sleep(waitedMs);
  if (watch.process.exitCode !== null) throw new Error(`The daemon ended by itself: ${watch.log()}`);
  await killDaemon(watch);
  console.error(
    JSON.stringify({ kill: kills, waitedMs, lastEvent: lastEventOf(watch.log()), results: readResults(folders.out).whole.length }),
  );
}
const last = startWatch(folders, ...model, '--once');
const exitCode = await last.ended;

const { all, whole } = readResults(folders.out);
const counts = {
  kills,
  minutes: ((performance.now() - startMs) / 60_000).toFixed(1),
  studies: studies.length,
  'results whole': whole.length,
  'results broken': all.length - whole.length,
  'results doubled': all.filter((name) => !studies.includes(name)).length,
  'studies without result': studies.filter((name) => !whole.includes(name)).length,
  'left behind': countLeftovers(folders.out),
  'exit code of the last run': exitCode,
};
console.log('| | |\n| --- | --- |');
for (const [what, count] of Object.entries(counts)) console.log(`| ${what} | ${count} |`);
const isGood = exitCode === 0 && whole.length === studies.length && all.length === studies.length && counts['left behind'] === 0;
if (isGood) rmSync(root, { recursive: true });
process.exitCode = isGood ? 0 : 1;

async function untilItWorks(watch: WatchProcess): Promise<void> {
  const untilMs = performance.now() + LONGEST_WAIT_MS;
  while (!watch.log().includes('job.started') && performance.now() < untilMs) await sleep(20);
}

function lastEventOf(log: string): string {
  return /"event":"([\w.-]+)"[^\n]*\n?$/.exec(log)?.[1] ?? 'none';
}
