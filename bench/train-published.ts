/**
 * Trains the published recipes on phantoms, scores them on held-out ones and writes what `bench/recipe-table.ts` shows:
 * `docs/training/figures/RECIPE.json`. What is run, and where it is smaller than the recipe: `published-runs.ts`.
 *
 *     node dist/bench/train-published.js OUT MACHINE [RECIPE…]
 *
 * Every command runs as a user runs it. What is in OUT already is taken over, and a run that was stopped goes on; an hour a
 * recipe and more on one core. MACHINE is what the table says of it, such as "1 core of a cloud machine".
 * @module
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Figure } from '../core/model-manifest.ts';
import type { ScoresDocument } from '../evaluate/score-document.ts';
import { projectRoot } from '../train/backends/backend.ts';
import { PUBLISHED_RUNS, type PublishedRun } from './published-runs.ts';

const CLI = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const SCORE_SLICES = fileURLToPath(new URL('score-slices.js', import.meta.url));
const HELD_OUT = 'phantoms of held-out seeds';

/** @throws {Error} where the command ends otherwise than `allowed`. */
async function command(script: string, args: readonly string[], allowed: readonly number[] = [0]): Promise<void> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code === null || !allowed.includes(code)) throw new Error(`${args[0]} ended with ${code}`);
}

async function synthesize(options: string, out: string): Promise<void> {
  // Written last.
  if (existsSync(join(out, 'phantoms.json'))) return;
  await mkdir(out, { recursive: true });
  await command(CLI, ['synthesize', '--out', out, ...options.split(' ')]);
}

/** Figures of the network on single slices. */
async function scoreSlices(run: string, heldOut: string, folder: string): Promise<Figure[]> {
  const file = join(folder, 'figures.json');
  await command(SCORE_SLICES, [run, heldOut, file]);
  return JSON.parse(await readFile(file, 'utf8')) as Figure[];
}

/** Figures of its bundle on whole volumes; cases without a lesion say nothing about its Dice. */
async function scoreBundle(
  { regions, truthLabels }: PublishedRun,
  run: string,
  heldOut: string,
  folder: string,
): Promise<Figure[]> {
  const [bundle, scores] = [join(folder, 'bundle'), join(folder, 'scores')];
  await command(CLI, ['export', run, '--out', bundle]);
  const labels = truthLabels.flatMap((label) => ['--truth-label', label]);
  // 1: some case was scored with a warning.
  await command(CLI, ['evaluate', '--model', bundle, '--data', heldOut, '--out', scores, ...labels], [0, 1]);
  const { cases } = JSON.parse(await readFile(join(scores, 'scores.json'), 'utf8')) as ScoresDocument;
  return regions.flatMap((name) => {
    const own = cases.flatMap((one) => one.regions.filter(({ region, truthMl }) => region === name && truthMl > 0));
    const dice = own.map(({ values }) => values.dice ?? 0);
    const figure = (metric: string, value: number): Figure => ({
      metric,
      of: name,
      on: HELD_OUT,
      value: Math.round(value * 1000) / 1000,
      cases: dice.length,
    });
    return [
      figure('dice, mean of cases', dice.reduce((sum, value) => sum + value, 0) / dice.length),
      figure('dice, lowest case', Math.min(...dice)),
    ];
  });
}

async function trainingFacts(
  run: string,
): Promise<{ readonly secondsPerStep: number; readonly steps: number; readonly best: number }> {
  const history = JSON.parse(await readFile(join(run, 'stage-1', 'history.json'), 'utf8')) as {
    rows: { step: number; secondsPerStep: number }[];
  };
  const best = JSON.parse(await readFile(join(run, 'stage-1', 'best.json'), 'utf8')) as { step: number };
  const seconds = history.rows.map(({ secondsPerStep }) => secondsPerStep).sort((a, b) => a - b);
  const median = seconds[Math.floor(seconds.length / 2)] as number;
  return { secondsPerStep: Number(median.toPrecision(2)), steps: history.rows.at(-1)?.step ?? 0, best: best.step };
}

async function trainAndScore(published: PublishedRun, out: string, machine: string): Promise<void> {
  const { recipe, training, heldOut, options, scoredAs, differences } = published;
  const folder = join(out, recipe);
  const [data, held, run] = ['data', 'held-out', 'run'].map((part) => join(folder, part)) as [string, string, string];
  await synthesize(training, data);
  await synthesize(heldOut, held);
  const about = `phantoms: synthesize ${training}`;
  await command(CLI, ['train', recipe, '--data', data, '--out', run, '--resume', '--describe', about, ...options.split(' ')]);
  const figures = scoredAs === 'slices' ? await scoreSlices(run, held, folder) : await scoreBundle(published, run, held, folder);
  const { secondsPerStep, steps, best } = await trainingFacts(run);
  const trained = `${steps} steps, weights of step ${best}. Smaller than the recipe: ${differences}. Trained on \`synthesize ${training}\`, scored on \`synthesize ${heldOut}\`${scoredAs === 'slices' ? ', slice by slice on that grid' : ''}.`;
  const target = join(projectRoot(), 'docs/training/figures');
  await mkdir(target, { recursive: true });
  const facts = { secondsPerStep, machine, trained, figures };
  await writeFile(join(target, `${recipe}.json`), `${JSON.stringify(facts, null, 2)}\n`);
  process.stdout.write(`${recipe}: ${figures.map(({ metric, of, value }) => `${metric} ${of} ${value}`).join('; ')}\n`);
}

const [out, machine, ...names] = process.argv.slice(2);
if (!out || !machine) throw new Error('usage: train-published OUT MACHINE [RECIPE…]');
for (const published of PUBLISHED_RUNS) {
  if (names.length === 0 || names.includes(published.recipe)) await trainAndScore(published, out, machine);
}
