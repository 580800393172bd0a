/** The short form of `npm run fuzz`: the same inputs every time, made from our own files alone. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runFuzz } from '../../bench/fuzz/run-fuzz.ts';
import { ERROR_KINDS } from '../../core/errors.ts';

const WORKER = fileURLToPath(new URL('../../dist/bench/fuzz/worker.js', import.meta.url));
const MUTATIONS = 1_500;
/** Of processor time, for one input. */
const MAX_CPU_MS = 5_000;
const MAX_PEAK_MB = 700;

it('refuses damaged DICOM and NIfTI with documented codes, in bounded time and memory, and never hangs or dies', async () => {
  const result = await runFuzz({ worker: WORKER, seed: 4, mutations: MUTATIONS });
  expect(result.faults).toEqual([]);
  expect(result.slowest.cpuMs).toBeLessThan(MAX_CPU_MS);
  expect(result.peakMb).toBeLessThan(MAX_PEAK_MB);
  // It is no test if all is refused at the door, or nothing is.
  for (const code of [
    'read',
    'INPUT_TRUNCATED',
    'INPUT_TOO_LARGE',
    'INPUT_CORRUPT',
    'DICOM_INVALID',
    'DICOM_PIXELS',
    'NIFTI_INVALID',
  ]) {
    expect(result.codes[code], code).toBeGreaterThan(0);
  }
  for (const code of Object.keys(result.codes)) if (code !== 'read') expect(Object.keys(ERROR_KINDS)).toContain(code);
});
