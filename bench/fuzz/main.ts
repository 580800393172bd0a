/**
 * The long fuzz run.
 *
 *   npm run fuzz -- [--mutations 20000] [--seed 1] [--first 0] [--codecs]
 *
 * --codecs also damages JPEG, JPEG-LS and JPEG 2000 files of the shared data; each of those takes up to a second.
 *
 * Real files to start from are taken from VOXWATCH_SHARED_DATA or ../shared/data. Prints one JSON document; exit code 1 if
 * anything but a documented refusal happened.
 * @module
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runFuzz } from './run-fuzz.ts';

/** An input may not take more than this. */
const MAX_CPU_MS = 5_000;
const MAX_PEAK_MB = 1_024;

const { values } = parseArgs({
  options: {
    mutations: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    codecs: { type: 'boolean', default: false },
  },
});
const sharedData = path.resolve(process.env.VOXWATCH_SHARED_DATA ?? '../shared/data');
const result = await runFuzz({
  worker: fileURLToPath(new URL('./worker.js', import.meta.url)),
  seed: Number(values.seed),
  mutations: Number(values.mutations),
  first: Number(values.first),
  withCodecs: values.codecs,
  ...(existsSync(sharedData) ? { sharedData } : {}),
  onProgress: (done) => done % 1000 === 0 && process.stderr.write(`${done}\n`),
});
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
if (result.faults.length > 0 || result.slowest.cpuMs > MAX_CPU_MS || result.peakMb > MAX_PEAK_MB) process.exitCode = 1;
