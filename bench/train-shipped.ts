/**
 * A shipped bundle from seed to certificate: anatomies, phantoms and heads, training of both stages, export, figures on anatomies that were held
 * out.
 *
 *     npm run train:shipped -- liver-tumour --from-labels MAP.nii.gz --ct CT.nii.gz [--work DIR] [--real CT …]
 *
 * Everything is made in the work folder (some 4 GB) and kept there, so that a run that was cut off goes on where it was:
 * anatomies that are there are taken, training resumes. The bundle is written to `models/`.
 * @module
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { projectRoot } from '../train/backend.ts';
import { KIDNEY_ANATOMIES, LIVER_ANATOMIES, ORGAN_ANATOMIES } from '../train/recipes/abdomen-anatomies.ts';

interface Shipped {
  readonly recipe: string;
  /** Of the training of stage 2. */
  readonly design: object;
  /** Label of the truth → name in the bundle. */
  readonly truth: readonly string[];
}

const SHIPPED: Readonly<Record<string, Shipped>> = {
  'liver-tumour': { recipe: 'abdomen-cascade', design: LIVER_ANATOMIES, truth: ['7=liver', '9=tumour'] },
  'kidney-tumour': { recipe: 'abdomen-cascade-kidney', design: KIDNEY_ANATOMIES, truth: ['6=kidney', '8=tumour'] },
};

/** Anatomies of each set, and the seed of its first. Held-out ones are of the same label maps, so of the same patients. */
const SETS = {
  organs: { count: 300, seed: 1 },
  lesions: { count: 160, seed: 1001 },
  heldOut: { count: 24, seed: 980_001 },
} as const;

/** Beside the anatomies, in every set: what they cannot show, whole bodies to the top of the liver. */
const PHANTOMS = '--organ abdomen --count 40 --seed 50000 --matrix 256 --step 8 --thickness 4'.split(' ');
/** For stage 1: where there is no organ at all. */
const HEADS = '--organ head --count 20 --seed 60000 --step 10'.split(' ');

const CLI = fileURLToPath(new URL('../cli/main.js', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'from-labels': { type: 'string', multiple: true, default: [] },
    ct: { type: 'string', multiple: true, default: [] },
    'label-names': { type: 'string', default: 'totalsegmentator' },
    describe: { type: 'string', default: 'anatomies made out of label maps' },
    real: { type: 'string', multiple: true, default: [] },
    work: { type: 'string', default: 'train-shipped' },
  },
});
const [name = ''] = positionals;
const shipped = SHIPPED[name];
if (!shipped || values['from-labels'].length === 0) {
  process.stderr.write(`usage: train-shipped ${Object.keys(SHIPPED).join('|')} --from-labels MAP.nii.gz [--ct CT.nii.gz]\n`);
  process.exitCode = 2;
} else await make(name, shipped);

async function make(bundle: string, { recipe, design, truth }: Shipped): Promise<void> {
  const { work, describe, real } = values;
  await mkdir(work, { recursive: true });
  const organs = await anatomies('organs', ORGAN_ANATOMIES, SETS.organs);
  const lesions = await anatomies(`${bundle}-lesions`, design, SETS.lesions);
  const heldOut = await anatomies(`${bundle}-held-out`, design, SETS.heldOut);
  const phantoms = await synthesized('phantoms', 'phantoms.json', PHANTOMS);
  const heads = await synthesized('heads', 'phantoms.json', HEADS);
  const run = join(work, bundle);
  const training = ['--out', run, '--cache', join(work, 'cache'), '--describe', describe, '--resume'];
  await voxwatch('train', recipe, '--stage', 'organs', '--data', await together(organs, phantoms, heads), ...training);
  await voxwatch('train', recipe, '--stage', 'lesions', '--data', await together(lesions, phantoms), ...training);
  const drawn = ['--name', bundle, '--default', '--weights', 'float16', ...real.flatMap((scan) => ['--real', scan])];
  const out = join(projectRoot(), 'models', bundle);
  await voxwatch('export', run, '--out', out, ...drawn);
  const names = truth.flatMap((label) => ['--truth-label', label]);
  await voxwatch('evaluate', '--model', out, '--data', heldOut, '--out', join(work, `${bundle}-evaluation`), ...names);
}

async function anatomies(set: string, design: object, { count, seed }: { readonly count: number; readonly seed: number }) {
  const file = join(values.work, `${set}.json`);
  await writeFile(file, JSON.stringify(design));
  const maps = values['from-labels'].flatMap((map) => ['--from-labels', map]);
  const cts = values.ct.flatMap((ct) => ['--ct', ct]);
  const drawn = ['--label-names', values['label-names'], '--design', file, '--count', String(count), '--seed', String(seed)];
  return synthesized(set, 'anatomies.json', [...maps, ...cts, ...drawn]);
}

/** Writes a set of studies, unless it is there. @param lastFile - What `synthesize` writes at its end. */
async function synthesized(set: string, lastFile: string, options: readonly string[]): Promise<string> {
  const folder = join(values.work, set);
  if (!existsSync(join(folder, lastFile))) await voxwatch('synthesize', '--out', folder, ...options);
  return folder;
}

/** One folder with the cases of all, as links. */
async function together(first: string, ...others: readonly string[]): Promise<string> {
  const sets = [first, ...others];
  const folder = [first, ...others.map((set) => basename(set))].join('-and-');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const cases = await Promise.all(
    sets.map(async (set) => (await readdir(set)).filter((entry) => entry.startsWith('case_')).map((entry) => join(set, entry))),
  );
  const linked = cases.flat().map((path, n) => symlink(resolve(path), join(folder, `case_${String(n).padStart(5, '0')}`)));
  await Promise.all(linked);
  return folder;
}

async function voxwatch(...args: readonly string[]): Promise<void> {
  const started = performance.now();
  const child = spawn(process.execPath, [CLI, ...args], { stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`voxwatch ${args[0]} ended with ${code}`);
  process.stderr.write(`${args[0]}: ${((performance.now() - started) / 60_000).toFixed(1)} min\n`);
}
