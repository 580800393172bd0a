/**
 * Scores the network of a training run on labelled slices, on its own grid: NumPy slices lie nowhere in space, so that no
 * bundle can segment them and `voxwatch evaluate` cannot score them.
 *
 *   node dist/bench/score-slices.js RUN DATA [FIGURES.json]
 *
 * A case is a patient: all slices of one are counted together. Prints a line a case; writes the figures where a third path is
 * given. The loss is that of the recipe's last phase, over all slices.
 * @module
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readIntensity, readTrainedRun, type TrainedStage } from '../cli/trained-folder.ts';
import { startBackend } from '../train/backends/backend.ts';
import { fillStore } from '../train/data/fill-stores.ts';
import { listCases } from '../train/data/list-cases.ts';
import { loadTrainedModel } from '../train/model-files.ts';
import type { StageRecipe, TrainingPhase } from '../train/recipe.ts';
import { findRecipe } from '../train/recipes/index.ts';
import type { ClassMetrics } from '../train/validation/metrics.ts';
import { validate } from '../train/validation/validate.ts';

const [runDir, dataDir, figuresFile] = process.argv.slice(2);
if (!runDir || !dataDir) throw new Error('usage: score-slices RUN DATA [FIGURES.json]');

const run = await readTrainedRun(runDir);
const recipe = findRecipe(run.recipe);
const [trained, ...others] = run.stages as [TrainedStage, ...TrainedStage[]];
const published = recipe.stages[0] as StageRecipe;
if (others.length > 0) throw new Error('score-slices scores recipes of one stage');
// All slices, on the grid that the run was trained on.
const stage = {
  ...published,
  gridPixels: trained.gridPixels,
  validation: { ...published.validation, slices: Number.POSITIVE_INFINITY },
};
await startBackend('auto');
const model = await loadTrainedModel(runDir, trained.model);
const intensity = await readIntensity(runDir, trained);
const { cases } = await listCases([dataDir], { first: recipe.layout });
const folder = await mkdtemp(join(tmpdir(), 'voxwatch-score-'));
try {
  const { store, release } = await fillStore({
    side: 'held-out',
    cases: cases.map((one) => ({ ...one, id: one.patient })),
    grid: { kind: 'pixels', sizePixels: trained.gridPixels },
    rules: { labels: Math.max(...recipe.truthLabels.map(({ index }) => index)) + 1 },
    everyNthSlice: 1,
    place: { kind: 'run', folder },
    onCase: ({ leftOut }) => {
      if (leftOut) process.stderr.write(`left out: ${leftOut.message} [${leftOut.code}]\n`);
    },
  });
  const lesion = published.classes.flatMap((value, label) => (value === 1 ? [label] : []));
  const ill = new Set(
    store.facts.filter(({ labelPixels }) => lesion.some((label) => (labelPixels[label] ?? 0) > 0)).map((f) => f.case),
  );
  const { loss } = published.phases.at(-1) as TrainingPhase;
  const { loss: lossValue, pooled, cases: byCase } = await validate(model, store, { stage, intensity, loss });
  await release();
  const dice = new Map([...byCase].map(([name, { classes }]) => [name, (classes[0] as ClassMetrics).dice]));
  for (const [name, own] of dice)
    console.log(`${name}  ${ill.has(name) ? own.toFixed(3) : own === 1 ? 'none there, none found' : 'none there, some found'}`);
  const ills = [...ill].map((name) => dice.get(name) ?? 0);
  const healthy = [...byCase.keys()].filter((name) => !ill.has(name));
  const of = recipe.labels[0]?.name ?? 'foreground';
  const on = `slices of phantoms of held-out seeds, ${trained.gridPixels.join(' × ')}`;
  const all = pooled.classes[0] as ClassMetrics;
  const figure = (metric: string, value: number, count: number, where = on) => ({
    metric,
    of,
    on: where,
    value: Number(value.toPrecision(3)),
    cases: count,
  });
  const figures = [
    figure('dice, mean of cases', ills.reduce((sum, value) => sum + value, 0) / ills.length, ills.length, `${on}, with a tumour`),
    figure('dice, lowest case', Math.min(...ills), ills.length, `${on}, with a tumour`),
    figure('dice, pooled', all.dice, byCase.size),
    figure('recall', all.recall, byCase.size),
    figure('accuracy', pooled.accuracy, byCase.size),
    figure(loss.kind.replaceAll('-', ' '), lossValue, byCase.size),
    ...(healthy.length === 0
      ? []
      : [
          figure(
            'share in which none is found',
            healthy.filter((name) => dice.get(name) === 1).length / healthy.length,
            healthy.length,
            `${on}, without a tumour`,
          ),
        ]),
  ];
  console.log(figures.map(({ metric, value, cases: count }) => `${of}: ${metric} ${value} (${count})`).join('\n'));
  if (figuresFile) await writeFile(figuresFile, `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
