/**
 * A U-Net of two levels on images of 8 × 8, and a step of training it.
 * @module
 */
import {
  add,
  type Scalar,
  type Tensor3D,
  type Tensor4D,
  tensor3d,
  tensor4d,
  tidy,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { createRandom } from '../../../core/random.ts';
import { segmentationLoss } from '../../../train/losses/segmentation-loss.ts';
import { createNetwork } from '../../../train/networks/index.ts';
import type { UnetSpec } from '../../../train/networks/network-spec.ts';
import { Adam } from '../../../train/optimizer/adam.ts';
import { weightsOf } from '../../../train/run/weight-average.ts';

export const SIZE = 8;

const SPEC: UnetSpec = {
  kind: 'unet',
  filters: [3, 4],
  afterConvolution: [{ kind: 'normalize', epsilon: 1e-3, momentum: 0.5 }, { kind: 'relu' }],
  afterPooling: [],
  afterConcatenation: [],
  upsampling: { kind: 'transposed-convolution', kernelSize: 2 },
  outputKernelSize: 1,
};

export function smallUnet(seed: number, classes = 2): LayersModel {
  const random = createRandom(seed, 'weights');
  return createNetwork(SPEC, { inputSize: [null, null], channels: 1, classes, random });
}

export interface Example {
  /** [2, 8, 8, 1]. */
  readonly input: Tensor4D;
  /** [2, 8, 8]. */
  readonly labels: Tensor3D;
}

/** Two pictures of a square in noise; it is brighter than what is round it by `contrast`. */
export function squares(seed: number, contrast: number): Example {
  const random = createRandom(seed, 'squares');
  const labels = new Int32Array(2 * SIZE * SIZE);
  for (let n = 0; n < 2; n++) {
    const [left, top] = [random.integer(0, 4), random.integer(0, 4)];
    for (let j = top; j < top + 4; j++) for (let i = left; i < left + 4; i++) labels[(n * SIZE + j) * SIZE + i] = 1;
  }
  const values = Float32Array.from(labels, (label) => contrast * label + random.normal(0, 0.3));
  return { input: tensor4d(values, [2, SIZE, SIZE, 1]), labels: tensor3d(labels, [2, SIZE, SIZE], 'int32') };
}

/** What is added to the loss; may take gradients through the logits. */
export type Penalty = (logits: Tensor4D) => Scalar;

/** One step; of all variables, those that are trainable change. @returns the loss. */
export async function trainStep(
  network: LayersModel,
  optimizer: Adam,
  { input, labels }: Example,
  penalty?: Penalty,
): Promise<number> {
  const variables = network.trainableWeights.map((weight) => weight.read() as Variable);
  const { value, grads } = variableGrads(() => {
    const logits = network.apply(input, { training: true }) as Tensor4D;
    const loss = segmentationLoss(logits, labels, { kind: 'cross-entropy' });
    return penalty ? (add(loss, penalty(logits)) as Scalar) : loss;
  }, variables);
  await optimizer.apply(variables, grads, 0.02);
  const loss = (value.dataSync() as Float32Array)[0] as number;
  value.dispose();
  return loss;
}

export async function trainSteps(
  network: LayersModel,
  examples: readonly Example[],
  steps: number,
  penalty?: Penalty,
): Promise<void> {
  const optimizer = new Adam();
  for (let step = 0; step < steps; step++)
    await trainStep(network, optimizer, examples[step % examples.length] as Example, penalty);
}

/** All numbers of a layer, by its name. */
export async function numbersOf(network: LayersModel): Promise<Map<string, readonly Float32Array[]>> {
  const numbers = await Promise.all(network.layers.map((layer) => weightsOf(layer.weights)));
  return new Map(network.layers.map((layer, n) => [layer.name, numbers[n] as readonly Float32Array[]]));
}

/** Probabilities of the foreground, as in inference. */
export function foregroundOf(network: LayersModel, { input }: Example): Float32Array {
  return tidy(() => {
    const logits = (network.apply(input, { training: false }) as Tensor4D).dataSync() as Float32Array;
    return Float32Array.from({ length: logits.length / 2 }, (_, p) => {
      return 1 / (1 + Math.exp((logits[2 * p] as number) - (logits[2 * p + 1] as number)));
    });
  });
}
