/**
 * Seconds and memory of a training step of the U-Net of report 002 (1.9 M parameters), batch 8 of 128 × 128 unless said:
 * forward, cross-entropy and Dice, gradients, Adam. With `--against`, beside the same step in PyTorch (batch 8 of 128 × 128), by
 * turns in processes of their own; medians of rounds.
 *
 *     node dist/bench/training-step.js [--steps 12] [--backend auto] [--size 128] [--batch 8] [--against PYTHON --rounds 3]
 *
 * PYTHON is an interpreter with torch; the step is `bench/python/training_step.py`.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { version_layers } from '@tensorflow/tfjs-layers';
import { createRandom } from '../core/random.ts';
import { type BackendChoice, projectRoot, startBackend } from '../train/backends/backend.ts';
import type { Batch } from '../train/data/sample-batch.ts';
import { createNetwork } from '../train/networks/index.ts';
import { BRAIN_UNET } from '../train/networks/unet-presets.ts';
import { Adam } from '../train/optimizer/adam.ts';
import { trainStep } from '../train/run/train-step.ts';

interface Measured {
  readonly library: string;
  readonly parameters: number;
  /** Median. */
  readonly secondsPerStep: number;
  readonly peakMegabytes: number;
  /** Of all threads, mean. */
  readonly processorSecondsPerStep?: number;
}

/** Steps that are not counted: memory is taken, kernels are chosen. */
const WARM_UP = 3;

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '12' },
    backend: { type: 'string', default: 'auto' },
    size: { type: 'string', default: '128' },
    batch: { type: 'string', default: '8' },
    against: { type: 'string' },
    rounds: { type: 'string', default: '3' },
  },
});
const [steps, size, batchSize] = [values.steps, values.size, values.batch].map(Number) as [number, number, number];
if (values.against === undefined) console.log(JSON.stringify(await measureOwn(steps, values.backend as BackendChoice)));
else compare(values.against, Number(values.rounds));

async function measureOwn(count: number, backend: BackendChoice): Promise<Measured> {
  const { name } = await startBackend(backend);
  const random = createRandom(1, 'bench');
  const model = createNetwork(BRAIN_UNET, { inputSize: [size, size], channels: 1, classes: 2, random });
  const optimizer = new Adam();
  const loss = {
    kind: 'sum',
    terms: [
      { weight: 1, loss: { kind: 'cross-entropy' } },
      { weight: 1, loss: { kind: 'soft-dice', denominator: 'plain' } },
    ],
  } as const;
  const pixels = batchSize * size * size;
  const batch: Batch = {
    input: Float32Array.from({ length: pixels }, () => random.normal(0, 1)),
    classes: Int32Array.from({ length: pixels }, (_, p) => (p % size < size / 3 ? 1 : 0)),
    shape: [batchSize, size, size],
    channels: 1,
  };
  const seconds: number[] = [];
  let processorSeconds = 0;
  for (let step = 0; step < WARM_UP + count; step++) {
    const [started, processor] = [performance.now(), process.cpuUsage()];
    await trainStep({ model, optimizer }, batch, { loss, learningRate: 1e-3, step });
    if (step < WARM_UP) continue;
    seconds.push((performance.now() - started) / 1000);
    const { user, system } = process.cpuUsage(processor);
    processorSeconds += (user + system) / 1e6;
  }
  return {
    library: `tfjs-layers ${version_layers} (${name})`,
    parameters: model.countParams(),
    secondsPerStep: median(seconds),
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
    processorSecondsPerStep: processorSeconds / count,
  };
}

function compare(python: string, rounds: number): void {
  const own: Measured[] = [];
  const other: Measured[] = [];
  const script = `${projectRoot()}bench/python/training_step.py`;
  for (let round = 0; round < rounds; round++) {
    const options = ['--steps', String(steps)];
    own.push(measuredBy(process.execPath, [fileURLToPath(import.meta.url), ...options, '--backend', values.backend]));
    other.push(measuredBy(python, [script, ...options]));
  }
  const [ours, theirs] = [middle(own), middle(other)];
  console.log('| library | parameters | s a step | peak MB |\n|---|---:|---:|---:|');
  for (const { library, parameters, secondsPerStep, peakMegabytes } of [ours, theirs])
    console.log(`| ${library} | ${parameters} | ${secondsPerStep.toFixed(3)} | ${peakMegabytes.toFixed(0)} |`);
  const time = (ours.secondsPerStep / theirs.secondsPerStep).toFixed(2);
  const memory = (ours.peakMegabytes / theirs.peakMegabytes).toFixed(2);
  console.log(`\nours / PyTorch: time ${time}, memory ${memory} (medians of ${rounds} rounds of ${steps} steps, by turns)`);
}

function measuredBy(program: string, argv: readonly string[]): Measured {
  const out = execFileSync(program, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return JSON.parse(out.trim().split('\n').at(-1) as string) as Measured;
}

function middle(rounds: readonly Measured[]): Measured {
  return {
    ...(rounds[0] as Measured),
    secondsPerStep: median(rounds.map(({ secondsPerStep }) => secondsPerStep)),
    peakMegabytes: median(rounds.map(({ peakMegabytes }) => peakMegabytes)),
  };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}
