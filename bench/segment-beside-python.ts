/**
 * `segment` beside a Python pipeline of the same job (goals: at most 0.7 times its time, 0.6 times its memory), by turns in
 * one go: the same bundle, series and threads, each run in a fresh process. Both masks must be the same.
 *
 *   node dist/bench/segment-beside-python.js PYTHON BUNDLE SERIES_FOLDER [ROUNDS] [THREADS]
 *
 * PYTHON is an interpreter with pydicom, onnxruntime, nibabel, SciPy and Pillow. Bundles of two stages in pixels, the second
 * in a crop (`kidney-enet-cascade`): that is what `bench/python/segment.py` knows. Prints a line a round and a table of
 * medians. Exit code 1 if a label differs.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MASK_FILE } from '../daemon/results/write-images.ts';
import { readNiftiLabels } from '../formats/nifti/read-nifti.ts';
import { defaultThreads } from '../runtime/sessions/session-node.ts';

const [python, bundle, series, rounds = '3', threads = String(defaultThreads())] = process.argv.slice(2);
if (!python || !bundle || !series) throw new Error('usage: segment-beside-python PYTHON BUNDLE SERIES_FOLDER [ROUNDS] [THREADS]');

const OURS = fileURLToPath(new URL('./segment-once.js', import.meta.url));
const THEIRS = fileURLToPath(new URL('../../bench/python/segment.py', import.meta.url));

interface Cost {
  readonly wallS: number;
  readonly cpuS: number;
  readonly peakMb: number;
  /** Of the result below the output folder; Python writes into that folder itself. */
  readonly folder?: string;
}

/** @returns what a program says in its last line. */
function run(program: string, script: string, outDir: string): Cost {
  const text = execFileSync(program, [script, bundle as string, series as string, outDir, threads], { encoding: 'utf8' });
  return JSON.parse(text.trim().split('\n').at(-1) as string) as Cost;
}

async function labelsIn(outDir: string, { folder = '' }: Cost): Promise<Uint8Array> {
  return readNiftiLabels(await readFile(join(outDir, folder, MASK_FILE))).labels;
}

const all: { readonly ours: Cost; readonly theirs: Cost }[] = [];
let differing = 0;
let foreground = 0;
for (let round = 1; round <= Number(rounds); round++) {
  const root = await mkdtemp(join(tmpdir(), 'voxwatch-beside-'));
  const [oursDir, theirsDir] = [join(root, 'ours'), join(root, 'theirs')];
  const ours = run(process.execPath, OURS, oursDir);
  const theirs = run(python, THEIRS, theirsDir);
  const [a, b] = [await labelsIn(oursDir, ours), await labelsIn(theirsDir, theirs)];
  differing += a.length === b.length ? a.reduce((count, label, p) => count + (label === b[p] ? 0 : 1), 0) : a.length;
  foreground = a.reduce((count, label) => count + (label === 0 ? 0 : 1), 0);
  await rm(root, { recursive: true });
  all.push({ ours, theirs });
  console.log(`round ${round}: ours ${describe(ours)}; Python ${describe(theirs)}`);
}

console.log(
  `${threads} threads, ${foreground} voxels labelled, ${differing} differ\n\n| | ours | Python | ratio |\n| --- | --- | --- | --- |`,
);
for (const [what, key] of [
  ['seconds', 'wallS'],
  ['CPU seconds', 'cpuS'],
  ['peak memory, MB', 'peakMb'],
] as const) {
  const [ours, theirs] = [median(all.map((round) => round.ours[key])), median(all.map((round) => round.theirs[key]))];
  console.log(`| ${what} | ${ours.toFixed(1)} | ${theirs.toFixed(1)} | ${(ours / theirs).toFixed(2)} |`);
}
process.exitCode = differing === 0 ? 0 : 1;

function describe({ wallS, cpuS, peakMb }: Cost): string {
  return `${wallS.toFixed(1)} s (CPU ${cpuS.toFixed(1)} s), ${peakMb.toFixed(0)} MB`;
}

function median(sample: readonly number[]): number {
  return [...sample].sort((a, b) => a - b)[Math.floor(sample.length / 2)] as number;
}
