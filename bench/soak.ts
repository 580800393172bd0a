/**
 * Many small studies through one worker process, one after another, none of them spared by a fresh process: does its memory
 * stay flat?
 *
 *   node dist/bench/soak.js [--studies 1000] [--slices 8] [--bundle FOLDER] [--most-mb 100]
 *
 * Without `--bundle` it works with two thresholding networks that it writes itself: what is looked at is the work around the
 * network. Each study is read ahead while the one before is segmented. Prints the worker's memory along the way and its
 * slope over the second half. Exit code 1 if a study has no result, or if the median of the last quarter is above that of
 * the second quarter by more than `--most-mb`. Linux only: it reads `/proc`.
 * @module
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { discoverSeries } from '../daemon/intake/discover-series.ts';
import type { DiscoveredSeries } from '../daemon/intake/discovered-series.ts';
import { createProcessRunner } from '../daemon/job/process-runner.ts';
import { writeTinyBundle } from '../test/runtime/make-tiny-bundle.ts';
import { dropStudy } from './daemon/studies.ts';

const { values } = parseArgs({
  options: {
    studies: { type: 'string', default: '1000' },
    slices: { type: 'string', default: '8' },
    bundle: { type: 'string' },
    'most-mb': { type: 'string', default: '100' },
  },
});
const [studies, slices, mostMb] = [Number(values.studies), Number(values.slices), Number(values['most-mb'])];
const LINES = 20;

const root = await mkdtemp(join(tmpdir(), 'voxwatch-soak-'));
const [input, outDir, tiny] = [join(root, 'in'), join(root, 'out'), join(root, 'tiny')];
await mkdir(input);
if (values.bundle === undefined) await writeTinyBundle(tiny);
const bundleDirs = [values.bundle ?? tiny];

async function seriesOf(number: number): Promise<DiscoveredSeries> {
  const [series] = (await discoverSeries(join(input, `${dropStudy(input, number, slices)}.nii.gz`))).series;
  if (!series) throw new Error('the study is no series');
  return series;
}

/** Of this process's child, MB. */
async function workerMb(): Promise<number> {
  const [worker] = (await readFile(`/proc/self/task/${process.pid}/children`, 'utf8')).trim().split(' ');
  const [, kiB] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${worker}/status`, 'utf8')) ?? [];
  return (Number(kiB) * 1024) / 1e6;
}

const runner = createProcessRunner({ jobsPerWorker: Number.POSITIVE_INFINITY, residentLimitMb: Number.POSITIVE_INFINITY });
const evidence = { state: 'complete', reasons: ['a benchmark'] } as const;
const memoryMb: number[] = [];
let unpublished = 0;
try {
  let series = await seriesOf(0);
  for (let n = 0; n < studies; n++) {
    const next = await seriesOf(n + 1);
    const request = { jobId: `soak-${n}`, series, next, bundleDirs, outDir, provider: 'cpu', overlays: 'all', evidence } as const;
    const { status, folder } = await runner.run(request);
    if (status !== 'published') unpublished++;
    memoryMb.push(await workerMb());
    if (n % Math.ceil(studies / LINES) === 0) console.log(`study ${n + 1}: ${memoryMb.at(-1)?.toFixed(0)} MB`);
    await rm(join(outDir, folder), { recursive: true });
    await rm(series.files[0] as string);
    series = next;
  }
} finally {
  await runner.close();
  await rm(root, { recursive: true });
}

const quarter = (n: number): number => median(memoryMb.slice((n * studies) / 4, ((n + 1) * studies) / 4));
const grownMb = quarter(3) - quarter(1);
const slope = slopeOf(memoryMb.slice(studies / 2)) * 1000;
console.log(
  `${studies} studies of ${slices} slices, ${unpublished} without a result; at most ${Math.max(...memoryMb).toFixed(0)} MB`,
);
console.log(
  `second quarter ${quarter(1).toFixed(0)} MB, last ${quarter(3).toFixed(0)} MB; slope ${slope.toFixed(0)} MB a thousand studies`,
);
process.exitCode = unpublished === 0 && grownMb <= mostMb ? 0 : 1;

function median(sample: readonly number[]): number {
  return [...sample].sort((a, b) => a - b)[Math.floor(sample.length / 2)] as number;
}

/** Least squares, MB a study. */
function slopeOf(sample: readonly number[]): number {
  const [middle, mean] = [(sample.length - 1) / 2, sample.reduce((sum, mb) => sum + mb, 0) / sample.length];
  const along = sample.reduce((sum, mb, n) => sum + (n - middle) * (mb - mean), 0);
  return along / sample.reduce((sum, _, n) => sum + (n - middle) ** 2, 0);
}
