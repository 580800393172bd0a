/**
 * Shipped bundles from seed to certificate: anatomies, phantoms and heads, training of both stages, export, figures on cases
 * of other seeds.
 *
 *     npm run train:shipped -- liver-tumour kidney-tumour --from-labels MAP.nii.gz --ct CT.nii.gz [--work DIR] [--real CT …]
 *
 * Stage 1 is trained once for both; a stage 2 that begins with that of another bundle has that trained first. Everything is made in the work folder (some 18 GB) and kept there, so that a run that was cut
 * off goes on where it was: sets that are there are taken if they are what is asked for, trainings resume. Bundles are written to `models/`.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Figure } from '../../core/model-manifest.ts';
import { projectRoot } from '../../train/backends/backend.ts';
import { averageRuns } from '../../train/run/average-runs.ts';
import { shareStage } from '../../train/run/shared-stage.ts';
import { readFigures } from './figures.ts';
import { SHIPPED_BUNDLES, type ShippedBundle } from './shipped-bundles.ts';
import { bundleRun, organsRun, type StageTraining, trainStages } from './stage-trainings.ts';
import { type HeldOutSet, TrainingSets } from './training-sets.ts';
import { voxwatch } from './voxwatch.ts';

/** What scans may have that the bundles are made for: stages see their own millimetres, whatever the pixels were. */
const DOMAIN = ['--pixel-mm', '0.4,3.2', '--slice-step-mm', '0.5,8'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'from-labels': { type: 'string', multiple: true, default: [] },
    ct: { type: 'string', multiple: true, default: [] },
    'label-names': { type: 'string', default: 'totalsegmentator' },
    describe: { type: 'string', default: 'anatomies made out of label maps' },
    real: { type: 'string', multiple: true, default: [] },
    work: { type: 'string', default: 'train-shipped' },
    models: { type: 'string', default: join(projectRoot(), 'models') },
  },
});
const bundles = positionals.map((name) => SHIPPED_BUNDLES.find((bundle) => bundle.name === name));
if (bundles.length === 0 || bundles.includes(undefined) || values['from-labels'].length === 0) {
  const names = SHIPPED_BUNDLES.map(({ name }) => name).join('|');
  process.stderr.write(`usage: train-shipped ${names} … --from-labels MAP.nii.gz [--ct CT.nii.gz]\n`);
  process.exitCode = 2;
} else await make(bundles as ShippedBundle[]);

async function make(shipped: readonly ShippedBundle[]): Promise<void> {
  const { work } = values;
  await mkdir(work, { recursive: true });
  const sets = new TrainingSets(work, { maps: values['from-labels'], cts: values.ct, labelNames: values['label-names'] });
  await trainStages(shipped, work, sets, { train, average: averageRuns });
  for (const bundle of shipped) {
    await shareStage('organs', organsRun(work), bundleRun(work, bundle));
    await exportWithFigures(bundle, await sets.heldOut(bundle));
  }
}

/** Of one thread: trainings side by side do more in an hour than one after the other on all cores. */
async function train({ recipe, stage, data, folder, seed, startFrom, remark }: StageTraining): Promise<void> {
  const kept = ['--out', folder, '--seed', String(seed), '--cache', join(values.work, 'cache'), '--resume'];
  const describe = remark === undefined ? values.describe : `${values.describe}. ${remark}`;
  const start = startFrom === undefined ? [] : ['--start-from', startFrom];
  const args = ['train', recipe.name, '--stage', stage, '--data', data, '--describe', describe, ...start, ...kept];
  await voxwatch(args, { TF_NUM_INTRAOP_THREADS: '1' });
}

/** Exports, measures the bundle that came out of it, and exports again with its figures in the card. */
async function exportWithFigures({ name, truth }: ShippedBundle, heldOut: readonly HeldOutSet[]): Promise<void> {
  const { work, models } = values;
  const out = join(models, name);
  const real = values.real.flatMap((scan) => ['--real', scan]);
  const exported = [
    'export',
    join(work, name),
    '--out',
    out,
    '--name',
    name,
    '--default',
    '--weights',
    'float16',
    ...DOMAIN,
    ...real,
  ];
  await voxwatch(exported);
  const labels = truth.flatMap((label) => ['--truth-label', label]);
  const figures: Figure[] = [];
  for (const { name: set, on, folder } of heldOut) {
    const evaluation = join(work, `${name}-on-${set}`);
    await voxwatch(['evaluate', '--model', out, '--data', folder, '--out', evaluation, ...labels]);
    figures.push(...(await readFigures(evaluation, on)));
  }
  const file = join(work, `${name}-figures.json`);
  await writeFile(file, JSON.stringify(figures, null, 1));
  await voxwatch([...exported, '--figures', file]);
}
