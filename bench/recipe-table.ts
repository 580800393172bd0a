/**
 * The table of the five recipes in docs/recipes.md, from the recipes themselves, the bundles in models/ and the figures of
 * training in docs/training/figures/.
 *
 *     node dist/bench/recipe-table.js [--check]
 *
 * Writes the table between its markers; with --check only says (exit code 1) whether it stands there as it should.
 * @module
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Figure, parseManifest, type TrainedManifest } from '../core/model-manifest.ts';
import { createRandom } from '../core/random.ts';
import { projectRoot, startBackend } from '../train/backends/backend.ts';
import { createNetwork } from '../train/networks/index.ts';
import { outputCount, type Recipe, type StageRecipe } from '../train/recipe.ts';
import { RECIPES } from '../train/recipes/index.ts';

/** What a training of a recipe gave, where its bundle is too large to be kept here: `docs/training/figures/RECIPE.json`. */
interface TrainedFigures {
  /** Of the slowest stage, as it was trained. */
  readonly secondsPerStep?: number;
  readonly machine?: string;
  /** What was trained, and where it was smaller than the recipe: a sentence or two. */
  readonly trained?: string;
  readonly figures?: readonly Figure[];
}

const DOCUMENT = join(projectRoot(), 'docs/recipes.md');
const [BEGIN, END] = ['<!-- table: begin -->', '<!-- table: end -->'];

function parametersOf(stage: StageRecipe): number {
  const { intensity } = stage;
  const channels =
    intensity.scheme === 'as-stored'
      ? intensity.channels
      : intensity.scheme === 'windows'
        ? intensity.windows.length + Math.sign(intensity.equalizedBins)
        : 1;
  const shape = { inputSize: [null, null] as const, channels, classes: outputCount(stage) };
  const model = createNetwork(stage.network, { ...shape, random: createRandom(1, stage.name) });
  const parameters = model.countParams();
  model.dispose();
  return parameters;
}

function trainedFigures(recipe: Recipe): TrainedFigures {
  const file = join(projectRoot(), 'docs/training/figures', `${recipe.name}.json`);
  const own: TrainedFigures = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const manifest = shippedManifests().find((shipped) => shipped.recipe === recipe.name);
  return manifest ? { ...own, figures: manifest.figures } : own;
}

function shippedManifests(): readonly TrainedManifest[] {
  const models = join(projectRoot(), 'models');
  return readdirSync(models)
    .map((bundle) => join(models, bundle, 'manifest.json'))
    .filter((file) => existsSync(file))
    .map((file) => parseManifest(readFileSync(file, 'utf8')))
    .filter((manifest) => manifest.origin === undefined);
}

function figureText({ metric, of, value, cases }: Figure): string {
  return `${metric} ${of} ${value}${cases === undefined ? '' : ` (${cases} cases)`}`;
}

function row(recipe: Recipe): string {
  const { secondsPerStep, machine, figures = [] } = trainedFigures(recipe);
  const ours = figures.map(figureText).join('; ');
  const cells = [
    `\`${recipe.name}\``,
    recipe.stages.map((stage) => `${stage.network.kind}, ${parametersOf(stage).toLocaleString('en')}`).join('; '),
    recipe.stages.map(({ gridPixels }) => gridPixels.join(' × ')).join('; '),
    secondsPerStep === undefined ? 'not measured' : `${secondsPerStep}${machine ? ` (${machine})` : ''}`,
    ours === '' ? 'not trained yet' : ours,
    recipe.reportedFigures.map(figureText).join('; ') || 'none',
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Under the table: what the figures were made with. */
function note(recipe: Recipe): string[] {
  const { trained } = trainedFigures(recipe);
  return trained === undefined ? [] : [`- \`${recipe.name}\`: ${trained}`];
}

await startBackend('cpu');
const notes = RECIPES.flatMap(note);
const table = [
  BEGIN,
  '| recipe | network, parameters | input | seconds a step | ours, on held-out phantoms and as said in its card | reported, on data that is not ours |',
  '|---|---|---|---|---|---|',
  ...RECIPES.map(row),
  ...(notes.length > 0 ? ['', ...notes] : []),
  END,
].join('\n');
const text = readFileSync(DOCUMENT, 'utf8');
const [from, to] = [text.indexOf(BEGIN), text.indexOf(END) + END.length];
if (from < 0 || to < from) throw new Error('docs/recipes.md has no markers for its table');
const written = text.slice(0, from) + table + text.slice(to);
if (!process.argv.includes('--check')) writeFileSync(DOCUMENT, written);
else if (written !== text) {
  process.stdout.write('docs/recipes.md does not hold the table that node dist/bench/recipe-table.js writes\n');
  process.exitCode = 1;
}
