/**
 * The first steps of each recipe's stages on two backends of TensorFlow.js: losses and gradients must be alike.
 *
 *   node dist/bench/compare-backends.js ONE OTHER [RECIPE…]
 *
 * Networks are those of the recipes, on a small grid with batches of two, the same random weights and images; dropout is set
 * to draw nothing, since backends draw differently. Each backend runs in a process of its own: the native addon replaces
 * gradients of tfjs-core for all. Prints a line a stage; exit code 1 where one differs by more than float32 explains.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dispose, type Tensor4D, tensor3d, tensor4d, type Variable, variableGrads } from '@tensorflow/tfjs-core';
import { createRandom } from '../core/random.ts';
import { type BackendChoice, startBackend } from '../train/backends/backend.ts';
import { numbersOf } from '../train/backends/numbers-of.ts';
import { DropoutLayer } from '../train/layers/dropout-layer.ts';
import { segmentationLoss } from '../train/losses/segmentation-loss.ts';
import { createNetwork } from '../train/networks/index.ts';
import { Adam } from '../train/optimizer/adam.ts';
import { classCount, outputCount, type StageRecipe } from '../train/recipe.ts';
import { findRecipe, RECIPES } from '../train/recipes/index.ts';

const BATCH = 2;
/** Deep enough for each network: a U-Net halves four times, a ResNet five. */
const SIZE = 32;
const STEPS = 3;
const LEARNING_RATE = 1e-4;

/** Of the gradient of all weights as one vector, relative to its length; float32 in other orders of adding explains 1e-4. */
const GRADIENT_TOLERANCE = 2e-3;
const LOSS_TOLERANCE = 1e-3;

interface StageCourse {
  readonly stage: string;
  readonly losses: readonly number[];
  /** Of the first step, all variables one after the other: float32, base64. */
  readonly gradient: string;
}

const [one, other, ...names] = process.argv.slice(2) as [string?, string?, ...string[]];
if (one === '--compute') await compute(other as BackendChoice, names as [string, ...string[]]);
else if (one === undefined || other === undefined) throw new Error('usage: compare-backends ONE OTHER [RECIPE…]');
else compare(one, other, names);

/** Into a file: a gradient is too long for a pipe's one piece. */
async function compute(backend: BackendChoice, [file, ...recipes]: readonly [string, ...string[]]): Promise<void> {
  const facts = await startBackend(backend);
  process.stderr.write(`${facts.name}${facts.device ? ` on ${facts.device}` : ''}\n`);
  const courses: StageCourse[] = [];
  for (const name of recipes)
    for (const stage of findRecipe(name).stages) courses.push({ stage: `${name} ${stage.name}`, ...(await courseOf(stage)) });
  writeFileSync(file, JSON.stringify(courses));
}

async function courseOf(stage: StageRecipe): Promise<Omit<StageCourse, 'stage'>> {
  const channels = stage.intensity.scheme === 'windows' ? stage.intensity.windows.length : 1;
  const random = createRandom(1, `backends ${stage.name}`);
  const model = createNetwork(stage.network, { inputSize: [null, null], channels, classes: outputCount(stage), random });
  for (const layer of model.layers) if (layer instanceof DropoutLayer) Object.assign(layer, { rate: 0 });
  const pixels = BATCH * SIZE * SIZE;
  const x = tensor4d(
    Float32Array.from({ length: pixels * channels }, () => random.normal(0, 1)),
    [BATCH, SIZE, SIZE, channels],
  );
  const y = tensor3d(
    Int32Array.from({ length: pixels }, (_, p) => Math.min(classCount(stage) - 1, Math.floor((3 * (p % SIZE)) / SIZE))),
    [BATCH, SIZE, SIZE],
    'int32',
  );
  const loss = (stage.phases[0] as StageRecipe['phases'][number]).loss;
  const variables = model.trainableWeights.map((weight) => weight.read() as Variable);
  const optimizer = new Adam(stage.optimizer);
  const losses: number[] = [];
  let first: Float32Array[] | undefined;
  for (let step = 0; step < STEPS; step++) {
    const { value, grads } = variableGrads(
      () => segmentationLoss(model.apply(x, { training: true }) as Tensor4D, y, loss),
      variables,
    );
    losses.push((await value.data())[0] as number);
    value.dispose();
    first ??= await numbersOf(variables.map(({ name }) => grads[name] as Variable));
    await optimizer.apply(variables, grads, LEARNING_RATE);
  }
  dispose([x, y]);
  model.dispose();
  const gradient = Buffer.concat((first ?? []).map((values) => Buffer.from(Float32Array.from(values).buffer))).toString('base64');
  return { losses, gradient };
}

function compare(first: string, second: string, recipes: readonly string[]): void {
  const wanted = recipes.length === 0 ? RECIPES.map(({ name }) => name) : recipes;
  const [ours, theirs] = [first, second].map((backend) => coursesBy(backend, wanted)) as [StageCourse[], StageCourse[]];
  for (const [n, own] of ours.entries()) {
    const against = theirs[n] as StageCourse;
    const loss = Math.max(...own.losses.map((value, step) => relative(value, against.losses[step] as number)));
    const gradient = distance(numbers(own.gradient), numbers(against.gradient));
    const isAlike = loss < LOSS_TOLERANCE && gradient < GRADIENT_TOLERANCE;
    if (!isAlike) process.exitCode = 1;
    const figures = `losses within ${loss.toExponential(1)}, gradient within ${gradient.toExponential(1)}`;
    process.stdout.write(`${isAlike ? 'ok  ' : 'FAIL'}  ${own.stage}: ${figures}\n`);
  }
}

function coursesBy(backend: string, recipes: readonly string[]): StageCourse[] {
  const folder = mkdtempSync(join(tmpdir(), 'voxwatch-backends-'));
  try {
    const file = join(folder, 'courses.json');
    const argv = [fileURLToPath(import.meta.url), '--compute', backend, file, ...recipes];
    execFileSync(process.execPath, argv, { stdio: ['ignore', 'ignore', 'inherit'] });
    return JSON.parse(readFileSync(file, 'utf8')) as StageCourse[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function numbers(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function relative(value: number, expected: number): number {
  return Math.abs(value - expected) / Math.max(1e-6, Math.abs(expected));
}

/** Of two vectors, relative to the length of the second; not a number where they are not. */
function distance(values: Float32Array, expected: Float32Array): number {
  let [difference, length] = [0, 0];
  for (let n = 0; n < expected.length; n++) {
    difference += ((values[n] as number) - (expected[n] as number)) ** 2;
    length += (expected[n] as number) ** 2;
  }
  return Math.sqrt(difference / length);
}
