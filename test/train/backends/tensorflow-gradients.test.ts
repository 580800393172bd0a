/** What the native backend takes for tfjs-core's gradients, against closed forms. */
import { grad, mul, relu, sum, type Tensor, tensor, tensor4d } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import { SeededDropout } from '../../../train/layers/seeded-dropout.ts';
import { describeWithNativeBackend } from './native-backend.ts';

describeWithNativeBackend('on the native backend', () => {
  beforeAll(async () => {
    await startBackend('tensorflow');
  });

  it('the gradient of a rectifier is that of what it lets through, and 0 at 0', () => {
    const x = tensor([-2, 0, 3, 1e-6]);
    const slopes = grad((moved) => sum(mul(relu(moved), tensor([5, 6, 7, 8]))))(x);
    expect(Array.from(slopes.dataSync())).toEqual([0, 0, 7, 8]);
  });

  it.each([
    { axis: undefined, weights: [3], expected: [3, 3, 3, 3, 3, 3] },
    { axis: [0], weights: [1, 2, 3], expected: [1, 2, 3, 1, 2, 3] },
    { axis: [1], weights: [4, 5], expected: [4, 4, 4, 5, 5, 5] },
    { axis: [-1], weights: [4, 5], expected: [4, 4, 4, 5, 5, 5] },
  ])('the gradient of a sum goes to all that was summed: axis $axis', ({ axis, weights, expected }) => {
    const x = tensor([1, 2, 3, 4, 5, 6], [2, 3]);
    const weighted = (moved: Tensor): Tensor => sum(mul(sum(moved, axis), axis ? tensor(weights) : (weights[0] as number)));
    expect(Array.from(grad(weighted)(x).dataSync())).toEqual(expected);
  });

  it('drops the share that is asked for, raises what stays, and repeats it from the same stream', () => {
    const dropped = (seed: number): Float32Array => {
      const layer = new SeededDropout({ rate: 0.25 });
      layer.drawFrom(createRandom(seed, 'dropout'));
      const ones = tensor4d(new Float32Array(40_000).fill(1), [1, 100, 100, 4]);
      return layer.call(ones, { training: true }).dataSync() as Float32Array;
    };
    const values = dropped(1);
    expect(new Set(values)).toEqual(new Set([0, Math.fround(4 / 3)]));
    // Six standard deviations of a share of 40,000.
    expect(Math.abs(values.filter((value) => value === 0).length / 40_000 - 0.25)).toBeLessThan(0.013);
    expect(dropped(1)).toEqual(values);
    expect(dropped(2)).not.toEqual(values);
  });
});
