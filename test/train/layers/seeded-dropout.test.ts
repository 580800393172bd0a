import { ones, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import { SeededDropout } from '../../../train/layers/seeded-dropout.ts';
import { expectGradients, weighted } from '../gradient-check.ts';

beforeAll(async () => {
  await startBackend('cpu');
});

function trained(layer: SeededDropout): number[] {
  return [...(layer.call(ones([2, 10, 10, 20]), { training: true }).dataSync() as Float32Array)];
}

describe('SeededDropout in training', () => {
  it('drops single values and raises the others, so that the mean stays', () => {
    const values = trained(new SeededDropout({ rate: 0.25 }));
    const dropped = values.filter((value) => value === 0).length;
    expect(values.filter((value) => Math.abs(value - 4 / 3) < 1e-6).length).toBe(values.length - dropped);
    // 4000 draws: four standard deviations are 0.03.
    expect(Math.abs(dropped / values.length - 0.25)).toBeLessThan(0.03);
    // A dropped channel would leave one of 20 columns empty.
    const perChannel = Array.from({ length: 20 }, (_, c) => values.filter((value, n) => n % 20 === c && value === 0).length);
    expect(Math.max(...perChannel)).toBeLessThan(100);
  });

  it('draws anew at each call, and the same from the same stream', () => {
    const [a, b] = [new SeededDropout({ rate: 0.5 }), new SeededDropout({ rate: 0.5 })];
    a.drawFrom(createRandom(1));
    b.drawFrom(createRandom(1));
    const [first, second] = [trained(a), trained(a)];
    expect(second).not.toEqual(first);
    expect([trained(b), trained(b)]).toEqual([first, second]);
    b.drawFrom(createRandom(2));
    expect(trained(b)).not.toEqual(first);
  });

  it('passes the gradient through what it kept', () => {
    const x = tensor([1, -2, 3, 4, 5, -6], [1, 1, 1, 6]);
    expectGradients(
      (input: Tensor) => {
        const layer = new SeededDropout({ rate: 0.5 });
        layer.drawFrom(createRandom(3));
        return weighted(layer.call(input, { training: true }));
      },
      [x],
    );
  });
});

describe('SeededDropout outside of training', () => {
  it('changes nothing, and neither does a rate of 0', () => {
    const x = tensor([1, 2, 3, 4], [1, 1, 1, 4]);
    expect(new SeededDropout({ rate: 0.9 }).call(x, {})).toBe(x);
    expect(new SeededDropout({ rate: 0 }).call(x, { training: true })).toBe(x);
  });
});
