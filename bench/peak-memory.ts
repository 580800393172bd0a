/**
 * How much memory a worker process needs for one large study (goal: 512 × 512 × 2000 in at most 4 GB).
 *
 *   node dist/bench/peak-memory.js [--slices 2000] [--matrix 512] [--bundle FOLDER] [--most-mb 4000]
 *
 * The study is one phantom over and over, so that organs and lesions are there from the first slice to the last, written as
 * a NIfTI without compression. Without `--bundle` it works with two thresholding networks that it writes itself. Prints the
 * worker's peak and the seconds of each step. Exit code 1 if there is no result, or the peak is above `--most-mb`.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { discoverSeries } from '../daemon/intake/discover-series.ts';
import { createProcessRunner } from '../daemon/job/process-runner.ts';
import { writeTinyBundle } from '../test/runtime/make-tiny-bundle.ts';
import { writeRepeatedPhantom } from './repeated-phantom.ts';

const { values } = parseArgs({
  options: {
    slices: { type: 'string', default: '2000' },
    matrix: { type: 'string', default: '512' },
    bundle: { type: 'string' },
    'most-mb': { type: 'string', default: '4000' },
  },
});
const [slices, matrix, mostMb] = [Number(values.slices), Number(values.matrix), Number(values['most-mb'])];
const root = await mkdtemp(join(tmpdir(), 'voxwatch-peak-'));
const [file, outDir, tiny] = [join(root, 'study.nii'), join(root, 'out'), join(root, 'tiny')];

const runner = createProcessRunner();
try {
  await writeRepeatedPhantom(file, { organ: 'kidney', matrix, slices });
  if (values.bundle === undefined) await writeTinyBundle(tiny);
  const [series] = (await discoverSeries(file)).series;
  if (!series) throw new Error('the study is no series');
  const evidence = { state: 'complete', reasons: ['a benchmark'] } as const;
  const bundleDirs = [values.bundle ?? tiny];
  const outcome = await runner.run({ jobId: 'peak', series, bundleDirs, outDir, provider: 'cpu', overlays: 'labelled', evidence });
  if (outcome.status === 'refused' || !outcome.measurements) throw new Error(`the study ended as ${outcome.status}`);
  const { peakMemoryMb, secondsByStep } = outcome.measurements;
  console.log(`${matrix} x ${matrix} x ${slices}: peak ${peakMemoryMb} MB; seconds by step ${JSON.stringify(secondsByStep)}`);
  process.exitCode = peakMemoryMb <= mostMb ? 0 : 1;
} finally {
  await runner.close();
  await rm(root, { recursive: true });
}
