/**
 * A daemon that is started on a folder that is full already: how long until every series in it is queued.
 *
 *   node dist/bench/full-folder-daemon.js [--files 100000] [--slices 100] [--limit-s 60]
 *
 * The files are slices of 16 × 16 pixels, `--slices` a series, a folder each. Prints a table; exit code 1 if a series is not
 * queued within the limit, counted from `daemon.started`. The quiet times are the daemon's own defaults, so that ten seconds of it
 * are the wait for files that nobody has seen before.
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { affineFromColumns } from '../core/affine.ts';
import { createVolume } from '../core/volume.ts';
import { writeCtSeries } from '../formats/dicom/write-instance.ts';
import { writeTinyBundle } from '../test/runtime/make-tiny-bundle.ts';
import { readMetric } from './daemon/read-metric.ts';
import { startWatch } from './daemon/watch-process.ts';

const SIZE_PIXELS = 16;
const POLL_MS = 100;
/** Ten times the limit, and nobody waits longer. */
const PATIENCE = 10;

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '100000' },
    slices: { type: 'string', default: '100' },
    'limit-s': { type: 'string', default: '60' },
  },
});
const [slices, limitSeconds] = [Number(values.slices), Number(values['limit-s'])];
const seriesCount = Math.round(Number(values.files) / slices);
const root = mkdtempSync(join(tmpdir(), 'full-folder-'));
const folders = { input: join(root, 'in'), out: join(root, 'out') };
const bundle = join(root, 'bundle');
await writeTinyBundle(bundle);
for (let number = 0; number < seriesCount; number++) fill(join(folders.input, `series-${number}`), number);

const waits = ['--quiet-period-ms', '2000', '--long-quiet-period-ms', '10000', '--incomplete-timeout-ms', '60000'];
const watch = startWatch(folders, '--model', bundle, '--overlays', 'none', '--http', '127.0.0.1:0', ...waits);
while (!watch.log().includes('daemon.started')) await sleep(POLL_MS);
const startMs = performance.now();
const secondsNow = (): number => (performance.now() - startMs) / 1000;
const queuedNow = (): number => watch.log().split('"job.queued"').length - 1;
let firstSeconds: number | undefined;
while (queuedNow() < seriesCount && secondsNow() < PATIENCE * limitSeconds && watch.process.exitCode === null) {
  if (queuedNow() > 0) firstSeconds ??= secondsNow();
  await sleep(POLL_MS);
}
const allSeconds = secondsNow();
const rows = {
  files: seriesCount * slices,
  series: seriesCount,
  'series queued': queuedNow(),
  'seconds until the first was queued': firstSeconds?.toFixed(1) ?? 'never',
  'seconds until all were queued': allSeconds.toFixed(1),
  'memory of the daemon, MB': ((await readMetric(watch, 'voxwatch_resident_memory_bytes')) / 1e6).toFixed(0),
  'longest gap of the event loop, ms': ((await readMetric(watch, 'voxwatch_event_loop_longest_gap_seconds')) * 1000).toFixed(0),
};
console.log('| | |\n| --- | --- |');
for (const [what, value] of Object.entries(rows)) console.log(`| ${what} | ${value} |`);
process.exitCode = rows['series queued'] === seriesCount && allSeconds <= limitSeconds ? 0 : 1;
watch.process.kill('SIGTERM');
await watch.ended;
rmSync(root, { recursive: true });

/** One series, another one for every number. */
function fill(dir: string, number: number): void {
  const geometry = {
    sizeVoxels: [SIZE_PIXELS, SIZE_PIXELS, slices] as const,
    voxelToWorld: affineFromColumns([2, 0, 0], [0, 2, 0], [0, 0, 3], [number, 0, 0]),
  };
  const hu = new Int16Array(SIZE_PIXELS * SIZE_PIXELS * slices).map((_, p) => (p % 7 === 0 ? 150 : -50));
  mkdirSync(dir, { recursive: true });
  const words = { seriesDescription: 'phantom', convolutionKernel: 'standard' };
  for (const [n, bytes] of writeCtSeries(createVolume(geometry, hu), { seed: number, ...words }).entries())
    writeFileSync(join(dir, `${n}.dcm`), bytes);
}
