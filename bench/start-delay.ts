/**
 * How long after its last slice a series is started, and how often before it: the daemon's rule beside plain quiet times, on
 * writers of every kind.
 *
 *   node dist/bench/start-delay.js [--real]
 *
 * The table is simulated in counted time (`simulate-arrival.ts`), so a busy machine changes nothing. With `--real` also the
 * whole daemon is timed, in real time, from the last byte to `job.queued` in its log. Exit code 1 if the daemon's rule starts
 * early, or later than it should: 3 s where the evidence is complete, 15 s otherwise (real: where a machine is quiet).
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { writeTinyBundle } from '../test/runtime/make-tiny-bundle.ts';
import { type ArrivalResult, byEvidence, byQuietTime, simulateArrival } from './daemon/simulate-arrival.ts';
import { UGLY_WRITERS, type Writer } from './daemon/ugly-writers.ts';
import { startWatch } from './daemon/watch-process.ts';

const QUIET_TIMES_S = [2, 5, 10, 60];
export const EVIDENT_LIMIT_MS = 3_000;
export const DOUBTFUL_LIMIT_MS = 15_000;
/** Senders that are quick enough for a run in real time. */
const REAL_WRITERS = ['steady, nothing declared', 'steady, the count declared', 'NIfTI in gzip, growing slowly'];

const { values } = parseArgs({ options: { real: { type: 'boolean', default: false } } });
const rules = [byEvidence, ...QUIET_TIMES_S.map((seconds) => byQuietTime(seconds * 1000))];
const titles = ['voxwatch', ...QUIET_TIMES_S.map((seconds) => `quiet for ${seconds} s`)];
let isGood = true;

console.log(`| writer | ${titles.join(' | ')} |\n| --- |${' --- |'.repeat(titles.length)}`);
for (const writer of UGLY_WRITERS) {
  const results: ArrivalResult[] = [];
  for (const rule of rules) results.push(await simulateArrival(writer, rule));
  const [ours = { early: 1 }] = results;
  isGood &&= ours.early === 0 && (ours.delayMs ?? Number.POSITIVE_INFINITY) <= limitOf(writer);
  console.log(`| ${writer.name} | ${results.map(told).join(' | ')} |`);
}
if (values.real)
  for (const writer of UGLY_WRITERS) if (REAL_WRITERS.includes(writer.name)) isGood = (await timeReally(writer)) && isGood;
process.exitCode = isGood ? 0 : 1;

function limitOf({ isEvident }: Writer): number {
  return isEvident ? EVIDENT_LIMIT_MS : DOUBTFUL_LIMIT_MS;
}

function told({ early, delayMs }: ArrivalResult): string {
  const delay = delayMs === undefined ? 'never' : `${(delayMs / 1000).toFixed(1)} s`;
  return early === 0 ? delay : `**early** (${early} looks)`;
}

/** The whole daemon, in real time. */
async function timeReally(writer: Writer): Promise<boolean> {
  const root = mkdtempSync(join(tmpdir(), 'start-delay-'));
  const folders = { input: join(root, 'in'), out: join(root, 'out') };
  const bundle = join(root, 'bundle');
  mkdirSync(folders.input);
  await writeTinyBundle(bundle);
  const waits = ['--quiet-period-ms', '2000', '--long-quiet-period-ms', '10000', '--incomplete-timeout-ms', '60000'];
  const watch = startWatch(folders, '--model', bundle, ...waits);
  while (!watch.log().includes('daemon.started')) await sleep(20);
  const startMs = performance.now();
  for (const { atMs, act } of writer.writes) {
    await sleep(Math.max(0, startMs + atMs - performance.now()));
    act?.(folders.input, Date.now());
  }
  const finishedMs = performance.now();
  const isEarly = watch.log().includes('job.queued');
  while (!watch.log().includes('job.queued')) await sleep(5);
  const delayMs = performance.now() - finishedMs;
  watch.process.kill('SIGTERM');
  await watch.ended;
  rmSync(root, { recursive: true });
  console.log(`\nReally, ${writer.name}: ${isEarly ? 'early' : `${(delayMs / 1000).toFixed(2)} s`}`);
  return !isEarly && delayMs <= limitOf(writer);
}
