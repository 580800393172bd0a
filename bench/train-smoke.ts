/**
 * Each recipe trained, small: a few phantoms of its organ in the layout of its data, a few steps on a grid of 64 pixels; with --export
 * also exported and verified: the graphs give the labels of TypeScript with TensorFlow.js, on phantoms and on the scans of --real. It
 * shows that the parts fit, not what a model is worth.
 *
 *     npm run train:smoke [-- [--export] [--real SCAN]… RECIPE…]
 *
 * Every command runs as a user runs it, on the backend that is there. Exit code 1 where a recipe fails; the rest goes on.
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Recipe } from '../train/recipe.ts';
import { RECIPES } from '../train/recipes/index.ts';
import type { PhantomOrgan } from '../train/synthesis/phantom.ts';

const CLI = fileURLToPath(new URL('../cli/main.js', import.meta.url));

const GRID = 64;
/** Most of what a recipe does here keeps one core busy. */
const SIDE_BY_SIDE = 2;
/** Whose phantoms are in the layout that a recipe reads. */
const ORGANS: Readonly<Partial<Record<Recipe['layout'], PhantomOrgan>>> = { kits: 'kidney', lits: 'liver', numpy: 'brain' };
/** Four slices each, in batches of two; the seeds are far from those of training data and of held-out studies. */
const PHANTOMS = '--count 4 --seed 970001 --matrix 128 --slices 4 --step 20 --tumours 1'.split(' ');

/** A few steps on a small grid: one epoch, or two steps and then none. */
function smallSettings({ stages }: Recipe): string[] {
  return stages.flatMap((stage) => {
    const sizes = [0, 1].flatMap((axis) => [
      `${stage.name}.gridPixels.${axis}=${GRID}`,
      ...(stage.region.kind === 'crop-around-foreground' ? [`${stage.name}.region.sizePixels.${axis}=${GRID}`] : []),
      ...(stage.millimetres ? [`${stage.name}.millimetres.canvasPixels.${axis}=${2 * GRID}`] : []),
    ]);
    const phases = stage.phases.flatMap((phase, n) => [
      `${stage.name}.phases.${n}.batchSize=2`,
      phase.kind === 'epochs' ? `${stage.name}.phases.${n}.epochs=1` : `${stage.name}.phases.${n}.steps=${n === 0 ? 2 : 0}`,
      ...(phase.windowPixels ? [0, 1].map((axis) => `${stage.name}.phases.${n}.windowPixels.${axis}=${GRID}`) : []),
    ]);
    return [...sizes, ...phases].flatMap((setting) => ['--set', setting]);
  });
}

/** Where the truth has labels that phantoms have not, kidneys and tumours stand in for those that the last stage looks at. */
function standIns({ stages, truthLabels }: Recipe): string[] {
  const names = stages.at(-1)?.focusLabels?.map((focus) => truthLabels.find(({ index }) => index === focus)?.name) ?? [];
  return names.flatMap((name, n) => ['--truth-label', `${n + 1}=${name}`]);
}

async function voxwatch(...args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`voxwatch ${args[0]} ended with ${code}: ${said.trim().split('\n').slice(-3).join(' / ')}`);
}

interface SmokeOptions {
  /** For scratch. */
  readonly folder: string;
  readonly isExported: boolean;
  readonly real: readonly string[];
}

async function smoke(recipe: Recipe, { folder, isExported, real }: SmokeOptions): Promise<void> {
  const [data, run, bundle] = ['data', 'run', 'bundle'].map((part) => join(folder, recipe.name, part)) as [string, string, string];
  await voxwatch('synthesize', '--organ', ORGANS[recipe.layout] ?? 'kidney', '--out', data, ...PHANTOMS);
  const everything = ['--every-case', '1', '--every-slice', '1', '--split', 'patients'];
  const settings = [...everything, ...standIns(recipe), ...smallSettings(recipe)];
  await voxwatch('train', recipe.name, '--data', data, '--out', run, ...settings);
  if (!isExported) return;
  await voxwatch('export', run, '--out', bundle, ...real.flatMap((scan) => ['--real', scan]));
  await voxwatch('verify', bundle);
}

/** Prints how it went. */
async function isSound(recipe: Recipe, options: SmokeOptions): Promise<boolean> {
  const started = performance.now();
  const error = await smoke(recipe, options).catch((thrown: unknown) => thrown as Error);
  // Checkpoints of large networks take most of a gigabyte.
  await rm(join(options.folder, recipe.name), { recursive: true, force: true });
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  process.stdout.write(`${error ? 'FAIL' : 'ok  '}  ${recipe.name}  ${seconds} s${error ? `  ${error.message}` : ''}\n`);
  return error === undefined;
}

async function main(): Promise<void> {
  const { values, positionals: names } = parseArgs({
    allowPositionals: true,
    options: { export: { type: 'boolean', default: false }, real: { type: 'string', multiple: true, default: [] } },
  });
  const recipes = RECIPES.filter(({ name }) => names.length === 0 || names.includes(name));
  const folder = await mkdtemp(join(tmpdir(), 'voxwatch-smoke-'));
  const options = { folder, isExported: values.export, real: values.real };
  const waiting = [...recipes];
  let failures = 0;
  const work = async (): Promise<void> => {
    for (let recipe = waiting.shift(); recipe; recipe = waiting.shift()) if (!(await isSound(recipe, options))) failures++;
  };
  try {
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (failures > 0 || recipes.length === 0) process.exitCode = 1;
}

await main();
