/**
 * Steps a second with batches drawn in threads, beside batches held in memory and batches drawn between the steps: by turns,
 * medians of rounds.
 *
 *     node dist/bench/input-pipeline.js [recipe|small] [rounds] [steps]
 *
 * `recipe` trains the network that the recipe does, and draws as the recipe does: what a user sees. `small` trains two
 * convolutions, where the drawing is most of the work, also with every kind of augmentation: what drawing costs at worst.
 * The slices are made up, 512 × 512, in a scratch file that the system keeps in its page cache; the stage is the second of
 * kidney-enet-cascade, batches of 5 crops of 256 × 256.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { affineFromColumns } from '../core/affine.ts';
import { createRandom } from '../core/random.ts';
import { createLabelMap, createVolume } from '../core/volume.ts';
import type { Augmentation } from '../train/augmentation/augmentation.ts';
import { startBackend } from '../train/backends/backend.ts';
import { type BatchPlan, type BatchSource, batchesHere } from '../train/data/batch-source.ts';
import { withBatchThreads } from '../train/data/batch-threads.ts';
import type { Batch } from '../train/data/sample-batch.ts';
import { SliceStore } from '../train/data/slice-store.ts';
import { fitIntensity } from '../train/fit-intensity.ts';
import { createNetwork } from '../train/networks/index.ts';
import { outputCount, type SampledPhase, type StageRecipe } from '../train/recipe.ts';
import { KIDNEY_ENET_CASCADE } from '../train/recipes/kidney-enet-cascade.ts';
import { fitStage } from '../train/run/fit-stage.ts';

const STAGE = KIDNEY_ENET_CASCADE.stages[1] as StageRecipe;
const MATRIX = 512;
const SLICES = 60;

/** Steps that are not counted: threads start, kernels are chosen. */
const WARM_UP = 3;

const NETWORKS = ['recipe', 'small'] as const;
type Network = (typeof NETWORKS)[number];

/** Everything there is, with every sample. */
const EVERYTHING: Augmentation = [
  ...STAGE.augmentation,
  { kind: 'elastic', probability: 1, displacementPixels: [1, 3], smoothnessPixels: [16, 24] },
  { kind: 'gaussian-blur', probability: 1, sigmaPixels: [0.5, 1] },
  { kind: 'intensity', probability: 1, factor: [0.9, 1.1], offsetHu: [-20, 20] },
  { kind: 'gamma', probability: 1, exponent: [0.8, 1.25], betweenHu: [-200, 300] },
  { kind: 'window', probability: 1, centreHu: 50, centreShiftHu: [-20, 20], widthFactor: [0.8, 1.25] },
  { kind: 'perlin-noise', probability: 1, standardDeviationHu: [5, 20], wavelengthPixels: [16, 64], octaves: 3 },
  { kind: 'gaussian-noise', probability: 1, standardDeviationHu: [5, 20] },
];

const WAYS = ['memory', 'threads', 'trainer'] as const;
type Way = (typeof WAYS)[number];

/** A body with a kidney and a tumour in every slice. */
function fill(store: SliceStore): void {
  const random = createRandom(1, 'bench');
  const geometry = {
    sizeVoxels: [MATRIX, MATRIX, SLICES] as const,
    voxelToWorld: affineFromColumns([1, 0, 0], [0, 1, 0], [0, 0, 5], [0, 0, 0]),
  };
  const labels = new Uint8Array(MATRIX * MATRIX * SLICES);
  const hu = new Int16Array(labels.length);
  for (let p = 0; p < labels.length; p++) {
    const [i, j] = [p % MATRIX, Math.floor(p / MATRIX) % MATRIX];
    labels[p] = Math.hypot(i - 190, j - 280) < 15 ? 2 : Math.hypot(i - 180, j - 270) < 40 ? 1 : 0;
    hu[p] = Math.hypot(i - 256, (j - 256) * 1.4) < 230 ? 60 * (labels[p] as number) + random.integer(-30, 30) : -1000;
  }
  store.add('case_00000', { volume: createVolume(geometry, hu), truth: createLabelMap(geometry, labels) });
}

/** Two convolutions: nearly all of a step is over before a network worth training has begun. */
function smallNetwork(): LayersModel {
  const image = input({ shape: [null, null, 1] });
  const parts = [
    layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', activation: 'relu' }),
    layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', activation: 'relu' }),
    layers.conv2d({ filters: 3, kernelSize: 1 }),
  ];
  return model({
    inputs: image,
    outputs: parts.reduce<SymbolicTensor>((x, layer) => layer.apply(x) as SymbolicTensor, image),
  });
}

function networkOf(kind: Network): LayersModel {
  if (kind === 'small') return smallNetwork();
  const random = createRandom(1, 'weights');
  return createNetwork(STAGE.network, { inputSize: [null, null], channels: 1, classes: outputCount(STAGE), random });
}

interface Bench {
  readonly network: Network;
  readonly plan: BatchPlan;
  readonly store: SliceStore;
  readonly path: string;
}

/** @returns milliseconds a step. */
async function timed(bench: Bench, batches: BatchSource): Promise<number> {
  const { plan, store } = bench;
  const asked: number[] = [];
  const network = networkOf(bench.network);
  await fitStage({
    ...plan,
    model: network,
    train: store,
    validation: store,
    random: createRandom(plan.random.seed, plan.random.stream),
    batches: {
      batchOf: (step) => {
        asked.push(performance.now());
        return batches.batchOf(step);
      },
    },
    onRow: () => undefined,
    onBest: async () => undefined,
    onEnd: async () => undefined,
  });
  network.dispose();
  return ((asked.at(-1) as number) - (asked[WARM_UP] as number)) / (asked.length - 1 - WARM_UP);
}

function timedBy(way: Way, bench: Bench, held: readonly Batch[]): Promise<number> {
  const { plan, store } = bench;
  const slices = { path: bench.path, sizePixels: store.sizePixels, content: store.content, facts: store.facts };
  if (way === 'threads') return withBatchThreads(plan, slices, (batches) => timed(bench, batches));
  if (way === 'trainer') return timed(bench, batchesHere(plan, store));
  return timed(bench, { batchOf: async (step) => held[step % held.length] as Batch });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

async function measure(name: string, bench: Bench, rounds: number): Promise<void> {
  const here = batchesHere(bench.plan, bench.store);
  const held: Batch[] = [];
  const drawing: number[] = [];
  for (let step = 0; step < 8; step++) {
    const started = performance.now();
    held.push(await here.batchOf(step));
    drawing.push(performance.now() - started);
  }
  process.stdout.write(`${name}: a batch is drawn in ${median(drawing).toFixed(1)} ms\n`);
  const times: Record<Way, number[]> = { memory: [], threads: [], trainer: [] };
  for (let round = 0; round < rounds; round++) for (const way of WAYS) times[way].push(await timedBy(way, bench, held));
  for (const way of WAYS) {
    const own = times[way];
    const range = `${Math.min(...own).toFixed(1)} to ${Math.max(...own).toFixed(1)}`;
    const rate = (100 * median(times.memory)) / median(own);
    process.stdout.write(
      `  ${way.padEnd(8)} median ${median(own).toFixed(1)} ms a step (${range}), ${rate.toFixed(1)} % of the rate from memory\n`,
    );
  }
}

/** Rounds and steps that take two to three minutes on two cores. */
const USUAL: Readonly<Record<Network, readonly [rounds: number, steps: number]>> = { recipe: [2, 15], small: [5, 60] };

async function main([kind = 'recipe', ...counts]: readonly string[]): Promise<void> {
  const network = NETWORKS.find((name) => name === kind);
  if (network === undefined) throw new Error('usage: input-pipeline [recipe|small] [rounds] [steps]');
  const [rounds, steps] = USUAL[network].map((usual, n) => Number(counts[n] ?? usual)) as [number, number];
  const backend = await startBackend('auto');
  const folder = await mkdtemp(path.join(tmpdir(), 'voxwatch-bench-'));
  const file = path.join(folder, 'slices');
  const store = new SliceStore(file, { grid: { kind: 'pixels', sizePixels: [MATRIX, MATRIX] } });
  try {
    fill(store);
    const phase = { ...(STAGE.phases[0] as SampledPhase), steps, sliceShares: [0, 0, 1] };
    const intensity = fitIntensity(STAGE.intensity, store, STAGE);
    const where = `backend ${backend.name}, ${cpus().length} cores`;
    process.stdout.write(`${where}, network: ${network}, ${rounds} rounds of ${steps} steps by turns\n`);
    const ways: readonly (readonly [string, Augmentation])[] = [
      ['augmentation of the recipe', STAGE.augmentation],
      ...(network === 'small' ? [['everything there is', EVERYTHING] as const] : []),
    ];
    for (const [name, augmentation] of ways) {
      const plan = { stage: { ...STAGE, augmentation, phases: [phase] }, intensity, random: createRandom(1, 'batches').origin };
      await measure(name, { network, plan, store, path: file }, rounds);
    }
  } finally {
    store.close();
    await rm(folder, { recursive: true });
  }
}

await main(process.argv.slice(2));
