/** What training needs of the WebGPU backend, against the plain JavaScript one; on a GPU, or on one that is computed. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  add,
  dispose,
  grads,
  mul,
  type Scalar,
  setBackend,
  sum,
  type Tensor,
  type Tensor4D,
  tensor,
  tensor3d,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend, trainingFolder } from '../../../train/backends/backend.ts';
import { numbersOf } from '../../../train/backends/numbers-of.ts';
import { startWebgpu } from '../../../train/backends/webgpu-backend.ts';
import { BilinearUpsampling2D } from '../../../train/layers/bilinear-upsampling.ts';
import { ChannelPReLU } from '../../../train/layers/channel-prelu.ts';
import { DilatedConvolution2D } from '../../../train/layers/dilated-convolution.ts';
import { FusedBatchNormalization } from '../../../train/layers/fused-batch-normalization.ts';
import type { LossSpec } from '../../../train/losses/loss-spec.ts';
import { segmentationLoss } from '../../../train/losses/segmentation-loss.ts';

const manifest = path.join(trainingFolder('webgpu'), 'package.json');
const start = existsSync(manifest) ? await startWebgpu(manifest) : { refusal: 'not installed' };
if ('refusal' in start) console.warn(`skipped where it needs WebGPU: ${start.refusal}`);

/** A computed GPU compiles its kernels on the CPU: 20 s in all, and many times that where other work fills the machine. */
const PATIENCE_MS = 240_000;

const SHAPE = [2, 6, 6, 4] as const;

function drawn(shape: readonly number[], seed: number): Tensor {
  const random = createRandom(seed, 'webgpu');
  const length = shape.reduce((product, size) => product * size, 1);
  return tensor(
    Float32Array.from({ length }, () => random.normal(0, 1)),
    [...shape],
  );
}

/** Output and gradient of a layer in training. */
async function answers(backend: 'cpu' | 'webgpu', layer: layers.Layer): Promise<Float32Array[]> {
  await setBackend(backend);
  const x = drawn(SHAPE, 1);
  layer.build([...SHAPE]);
  layer.setWeights(layer.getWeights().map((weight, n) => add(mul(drawn(weight.shape, 10 + n), 0.3), 0.5)));
  const output = layer.call(x, { training: true }) as Tensor;
  const [slopes] = grads((moved: Tensor) => sum(mul(layer.call(moved, { training: true }) as Tensor, drawn(output.shape, 2))))([x]);
  return numbersOf([output, slopes as Tensor]);
}

function expectAlike(found: readonly Float32Array[], expected: readonly Float32Array[]): void {
  for (const [n, values] of expected.entries()) {
    const own = found[n] as Float32Array;
    expect(own).toHaveLength(values.length);
    const worst = values.reduce((most, value, p) => Math.max(most, Math.abs(value - (own[p] as number))), 0);
    expect(worst).toBeLessThan(1e-4);
  }
}

describe.skipIf('refusal' in start)('on WebGPU', { timeout: PATIENCE_MS }, () => {
  beforeAll(async () => {
    await startBackend('cpu');
  });
  afterAll(() => setBackend('cpu'));

  it.each<readonly [string, () => layers.Layer]>([
    ['a convolution', () => layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' })],
    ['a strided one', () => layers.conv2d({ filters: 3, kernelSize: 2, strides: 2, padding: 'same' })],
    ['an asymmetric one', () => layers.conv2d({ filters: 3, kernelSize: [5, 1], padding: 'same' })],
    ['a dilated one', () => new DilatedConvolution2D({ filters: 3, kernelSize: 3, dilationRate: 4 })],
    ['a transposed one', () => layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' })],
    ['largest of 2 × 2', () => layers.maxPooling2d({ poolSize: 2 })],
    ['a rectifier with slopes', () => new ChannelPReLU({})],
    ['batch normalisation', () => new FusedBatchNormalization({})],
    ['bilinear doubling', () => new BilinearUpsampling2D({})],
  ])('%s and its gradient are those of the plain backend', async (_, make) => {
    expectAlike(await answers('webgpu', make()), await answers('cpu', make()));
  });

  it.each<LossSpec>([
    { kind: 'cross-entropy' },
    { kind: 'tversky', alpha: 0.3, beta: 0.7 },
    { kind: 'soft-dice', denominator: 'squared' },
    { kind: 'iou' },
    { kind: 'focal', alpha: 0.25, gamma: 2 },
    { kind: 'mean-squared-error' },
  ])('the loss $kind and its gradient are those of the plain backend', async (loss) => {
    const byBackend: Float32Array[][] = [];
    for (const backend of ['webgpu', 'cpu'] as const) {
      await setBackend(backend);
      const labels = tensor3d(
        Int32Array.from({ length: 72 }, (_, p) => p % 3),
        [2, 6, 6],
        'int32',
      );
      const value = (logits: Tensor): Tensor => segmentationLoss(logits as Tensor4D, labels, loss);
      const logits = drawn([2, 6, 6, 3], 3);
      const tensors = tidy(() => [value(logits), ...grads((moved: Tensor) => value(moved) as Scalar)([logits])]);
      byBackend.push(await numbersOf(tensors));
      dispose(tensors);
    }
    expectAlike(byBackend[0] as Float32Array[], byBackend[1] as Float32Array[]);
  });

  it('what it cannot compute fails the next read, by name', async () => {
    await setBackend('webgpu');
    // tfjs 4.22 has no transposition of whole numbers that its own shader compiler takes.
    const whole = tensor(
      Int32Array.from({ length: 4096 }, (_, n) => n),
      [16, 16, 16],
      'int32',
    );
    const turned = transpose(add(whole, whole), [2, 0, 1]);
    await expect(turned.data()).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringContaining('WebGPU backend could not compute'),
    });
  });
});
