/**
 * What tests ask of a network.
 * @module
 */
import { type NamedTensorMap, type Tensor, type Tensor4D, tidy, type Variable, variableGrads } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { weighted } from '../gradient-check.ts';

/** Number of values that training changes: what PyTorch and the papers count. */
export function trainableParameters(network: Pick<LayersModel, 'trainableWeights'>): number {
  return network.trainableWeights.reduce((sum, { shape }) => sum + shape.reduce<number>((size, n) => size * (n as number), 1), 0);
}

/** All trainable weights, one list a weight. */
export function weightValues(network: LayersModel): number[][] {
  return network.trainableWeights.map((weight) => [...(weight.read().dataSync() as Float32Array)]);
}

/** Names of the trainable weights whose gradient is 0 everywhere or not a number, in training on one batch. */
export function unreachedWeights(network: LayersModel, batch: Tensor4D): string[] {
  return tidy(() => {
    const variables = network.trainableWeights.map((weight) => weight.read() as Variable);
    const { grads } = variableGrads(() => weighted(network.apply(batch, { training: true }) as Tensor), variables);
    return variables.flatMap(({ name }) => (isReached((grads as NamedTensorMap)[name]) ? [] : [name]));
  });
}

function isReached(gradient: Tensor | undefined): boolean {
  const values = gradient?.dataSync() as Float32Array | undefined;
  return values?.some((value) => value !== 0) === true && values.every(Number.isFinite);
}

/** Output size for a batch of one image. */
export function outputShape(network: LayersModel, batch: Tensor4D): number[] {
  return tidy(() => (network.predict(batch) as Tensor).shape);
}
