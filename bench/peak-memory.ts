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
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { discoverSeries } from '../daemon/intake/discover-series.ts';
import { createProcessRunner } from '../daemon/job/process-runner.ts';
import { readNiftiHeader } from '../formats/nifti/read-nifti.ts';
import { writeNiftiVolume } from '../formats/nifti/write-nifti.ts';
import { writeTinyBundle } from '../test/runtime/make-tiny-bundle.ts';
import { synthesizePhantom } from '../train/synthesis/phantom.ts';

const PHANTOM_SLICES = 20;
/** Where a NIfTI-1 header holds the number of slices, int16. */
const SLICES_OFFSET = 46;

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

/** There and back again, so that neighbours fit together. */
async function writeStudy(): Promise<void> {
  const phantom = synthesizePhantom({
    seed: 1,
    organ: 'kidney',
    matrix,
    slices: PHANTOM_SLICES,
    sliceStepMm: 9,
    sliceThicknessMm: 3,
  });
  const bytes = gunzipSync(writeNiftiVolume(phantom.volume));
  const header = bytes.subarray(0, readNiftiHeader(bytes).dataOffset);
  header.writeInt16LE(slices, SLICES_OFFSET);
  const sliceBytes = matrix * matrix * Int16Array.BYTES_PER_ELEMENT;
  const handle = await open(file, 'w');
  await handle.write(header);
  for (let k = 0; k < slices; k++) {
    const turn = k % (2 * PHANTOM_SLICES);
    const start = header.length + Math.min(turn, 2 * PHANTOM_SLICES - 1 - turn) * sliceBytes;
    await handle.write(bytes.subarray(start, start + sliceBytes));
  }
  await handle.close();
}

const runner = createProcessRunner();
try {
  await writeStudy();
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
