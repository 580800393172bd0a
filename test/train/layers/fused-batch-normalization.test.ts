import { grads, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BackendFacts, startBackend } from '../../../train/backends/backend.ts';
import { FusedBatchNormalization } from '../../../train/layers/fused-batch-normalization.ts';
import { describeWithNativeBackend } from '../backends/native-backend.ts';
import { expectClose, expectGradients, randomTensor, weighted } from '../gradient-check.ts';

const SHAPE = [3, 4, 5, 2] as const;
const PIXELS = SHAPE[0] * SHAPE[1] * SHAPE[2];
const GAMMA = [1.5, -0.5];
const BETA = [0.25, 2];
const EPSILON = 1e-3;
const MOMENTUM = 0.9;

function layerOf(): FusedBatchNormalization {
  const layer = new FusedBatchNormalization({ epsilon: EPSILON, momentum: MOMENTUM });
  layer.build([null, null, null, 2]);
  layer.setWeights([tensor1d(GAMMA), tensor1d(BETA), tensor1d([0.5, -1]), tensor1d([2, 3])]);
  return layer;
}

/** The layer in training as a function of its input, gamma and beta. */
function inTraining(layer: FusedBatchNormalization, x: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  const holder = layer as unknown as { weightsByName: Record<string, unknown> };
  holder.weightsByName = { ...holder.weightsByName, gamma: { read: () => gamma }, beta: { read: () => beta } };
  return layer.call(x, { training: true });
}

/** Mean and population variance of each channel, in float64. */
function channelMoments(values: ArrayLike<number>): { readonly mean: number; readonly variance: number }[] {
  return [0, 1].map((channel) => {
    const own = Array.from(values).filter((_, n) => n % 2 === channel);
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    return { mean, variance: own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length };
  });
}

interface Run {
  readonly output: Float32Array;
  readonly gradients: readonly Float32Array[];
  readonly movingMean: Float32Array;
  readonly movingVariance: Float32Array;
}

async function run(backend: BackendFacts['name']): Promise<Run> {
  await startBackend(backend);
  const inputs = [randomTensor(SHAPE, 1), tensor1d(GAMMA), tensor1d(BETA)];
  const layer = layerOf();
  const output = layer.call(inputs[0] as Tensor, { training: true }).dataSync() as Float32Array;
  const [, , movingMean, movingVariance] = layer.getWeights().map((weight) => weight.dataSync() as Float32Array);
  const scalar = (...given: Tensor[]) =>
    weighted(inTraining(layerOf(), given[0] as Tensor, given[1] as Tensor, given[2] as Tensor));
  const gradients = grads(scalar)(inputs).map((gradient) => gradient.dataSync() as Float32Array);
  return { output, gradients, movingMean: movingMean as Float32Array, movingVariance: movingVariance as Float32Array };
}

describe('FusedBatchNormalization', () => {
  beforeAll(async () => {
    await startBackend('cpu');
  });

  it('in training normalises each channel by the batch', () => {
    const x = randomTensor(SHAPE, 1);
    const output = layerOf().call(x, { training: true });
    const batch = channelMoments(x.dataSync());
    const expected = Array.from(x.dataSync(), (value, n) => {
      const { mean, variance } = batch[n % 2] as { mean: number; variance: number };
      return ((value - mean) / Math.sqrt(variance + EPSILON)) * (GAMMA[n % 2] as number) + (BETA[n % 2] as number);
    });
    expectClose(output.dataSync(), expected, 1e-5);
  });

  it('in training moves its statistics towards the batch', () => {
    const x = randomTensor(SHAPE, 1);
    const layer = layerOf();
    layer.call(x, { training: true });
    const [, , mean, variance] = layer.getWeights().map((weight) => weight.dataSync() as Float32Array);
    const batch = channelMoments(x.dataSync());
    expectClose(
      mean as Float32Array,
      [0.5, -1].map((old, c) => 0.9 * old + 0.1 * (batch[c]?.mean as number)),
      1e-6,
    );
    expectClose(
      variance as Float32Array,
      [2, 3].map((old, c) => 0.9 * old + 0.1 * (batch[c]?.variance as number)),
      1e-6,
    );
  });

  it('outside of training uses the moving statistics, and leaves them alone', () => {
    const x = randomTensor(SHAPE, 1);
    const layer = layerOf();
    const expected = Array.from(x.dataSync(), (value, n) => {
      const [mean, variance] = [[0.5, -1][n % 2] as number, [2, 3][n % 2] as number];
      return ((value - mean) / Math.sqrt(variance + EPSILON)) * (GAMMA[n % 2] as number) + (BETA[n % 2] as number);
    });
    expectClose(layer.call(x, {}).dataSync(), expected, 1e-5);
    expectClose(layer.getWeights()[2]?.dataSync() as Float32Array, [0.5, -1], 0);
  });

  it('has the gradients of finite differences for input, gamma and beta', () => {
    const inputs = [randomTensor([2, 2, 2, 2], 1), tensor1d(GAMMA), tensor1d(BETA)];
    expectGradients(
      (x, gamma, beta) => weighted(inTraining(layerOf(), x as Tensor, gamma as Tensor, beta as Tensor)),
      inputs,
      1e-2,
    );
  });

  it('keeps the weights in the order of tfjs-layers’ own', () => {
    expect(layerOf().weights.map((weight) => weight.originalName.split('/').at(-1))).toEqual([
      'gamma',
      'beta',
      'moving_mean',
      'moving_variance',
    ]);
    expect(layerOf().trainableWeights.length).toBe(2);
  });
});

describeWithNativeBackend('FusedBatchNormalization with the native kernels', () => {
  it('gives the output, the gradients and the moving statistics of the plain path', async () => {
    const [plain, native] = [await run('cpu'), await run('tensorflow')];
    expectClose(native.output, plain.output, 1e-5);
    for (const which of [0, 1, 2])
      expectClose(native.gradients[which] as Float32Array, plain.gradients[which] as Float32Array, 1e-4);
    expectClose(native.movingMean, plain.movingMean, 1e-6);
    // libtensorflow's variance is that of a sample, n / (n − 1) of the plain one: nothing at the sizes of a slice.
    const bessel = PIXELS / (PIXELS - 1);
    expectClose(
      native.movingVariance,
      plain.movingVariance.map((value, c) => value + (value - 0.9 * (2 + c)) * (bessel - 1)),
      1e-5,
    );
  });
});
