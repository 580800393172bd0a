/**
 * Gradients of tfjs against finite differences of what they are the gradients of.
 * @module
 */
import { grads, mul, type Scalar, sum, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
// tfjs-core registers its gradients only when tfjs-layers asks it to.
import '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import { createRandom } from '../../core/random.ts';

/** Half the step of the difference: float32 sums of order 1 lose three digits to it. */
const HALF_STEP = 1e-2;

/** Gaussian numbers, none nearer to 0 than the step: a rectifier has its kink there. */
export function randomTensor(shape: readonly number[], seed: number): Tensor {
  const random = createRandom(seed, 'gradient check');
  const length = shape.reduce((product, size) => product * size, 1);
  const away = (value: number): number => value + Math.sign(value) * 3 * HALF_STEP;
  return tensor(
    Float32Array.from({ length }, () => away(random.normal(0, 1))),
    [...shape],
  );
}

/** A scalar of a function's output that weighs every number of it differently. */
export function weighted(output: Tensor, seed = 99): Scalar {
  return sum(mul(output, randomTensor(output.shape, seed)));
}

/**
 * Checks the gradient of a scalar function with regard to each of its inputs, number by number.
 * @param tolerance - Relative to the largest number of the gradient.
 */
export function expectGradients(f: (...inputs: Tensor[]) => Scalar, inputs: readonly Tensor[], tolerance = 5e-3): void {
  const given = grads(f)([...inputs]).map((gradient) => gradient.dataSync() as Float32Array);
  inputs.forEach((input, which) => {
    const values = Float32Array.from(input.dataSync() as Float32Array);
    const valueWith = (n: number, change: number): number =>
      tidy(() => {
        const moved = values.slice();
        moved[n] = (moved[n] as number) + change;
        const arguments_ = inputs.map((other, index) => (index === which ? tensor(moved, input.shape) : other));
        return (f(...arguments_).dataSync() as Float32Array)[0] as number;
      });
    const gradient = given[which] as Float32Array;
    const largest = gradient.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-6);
    for (let n = 0; n < values.length; n++) {
      const difference = (valueWith(n, HALF_STEP) - valueWith(n, -HALF_STEP)) / (2 * HALF_STEP);
      const error = Math.abs(difference - (gradient[n] as number)) / largest;
      expect(error, `input ${which}, number ${n}: ${gradient[n]} against ${difference}`).toBeLessThan(tolerance);
    }
  });
}

/** Checks numbers against numbers, with one absolute tolerance. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const worst = Array.from(actual).reduce((max, value, n) => Math.max(max, Math.abs(value - (expected[n] as number))), 0);
  expect(worst).toBeLessThanOrEqual(tolerance);
}
