/**
 * Random biases, normalisations and slopes for a network whose kernels alone are drawn: until they are trained they are
 * the same for all channels, and a mix-up would not show.
 * @module
 */
import { tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Random } from '../core/random.ts';

/** How far a value may lie from what it begins as: 1 for factors and variances, else 0. */
const REACH = 0.25;

export function drawVectors(model: LayersModel, random: Random): void {
  for (const weight of model.weights.filter(({ shape }) => shape.length === 1)) {
    const middle = /gamma|variance/.test(weight.originalName) ? 1 : 0;
    const values = Float32Array.from({ length: weight.shape[0] as number }, () => middle + random.uniform(-REACH, REACH));
    tidy(() => {
      weight.write(tensor1d(values));
    });
  }
}
