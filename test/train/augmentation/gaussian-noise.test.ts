import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { addGaussianNoiseInto } from '../../../train/augmentation/gaussian-noise.ts';
import { deviationOf, meanOf } from './slices.ts';

function noise(range: readonly [number, number], seed = 1): Float32Array {
  const hu = new Float32Array(200 * 200).fill(40);
  addGaussianNoiseInto(hu, { kind: 'gaussian-noise', probability: 1, standardDeviationHu: range }, createRandom(seed));
  return hu;
}

describe('Gaussian noise', () => {
  it('has the standard deviation that was asked for, and leaves the mean', () => {
    const hu = noise([25, 25]);
    expect(Math.abs(deviationOf(hu) / 25 - 1)).toBeLessThan(0.02);
    expect(Math.abs(meanOf(hu) - 40)).toBeLessThan(0.5);
  });

  it('is Gaussian: two thirds within one deviation, a twentieth beyond two', () => {
    const share = (most: number): number => noise([25, 25]).filter((hu) => Math.abs(hu - 40) <= most).length / 40_000;
    expect(Math.abs(share(25) - 0.6827)).toBeLessThan(0.01);
    expect(Math.abs(share(50) - 0.9545)).toBeLessThan(0.005);
  });

  it('is every pixel for itself', () => {
    const hu = noise([25, 25]);
    let products = 0;
    for (let p = 1; p < hu.length; p++) products += ((hu[p] as number) - 40) * ((hu[p - 1] as number) - 40);
    expect(Math.abs(products / hu.length / 625)).toBeLessThan(0.02);
  });

  it('draws its strength from the whole range', () => {
    const drawn = Array.from({ length: 40 }, (_, seed) => deviationOf(noise([5, 25], seed)));
    expect(Math.min(...drawn)).toBeGreaterThan(4.8);
    expect(Math.min(...drawn)).toBeLessThan(8);
    expect(Math.max(...drawn)).toBeGreaterThan(22);
    expect(Math.max(...drawn)).toBeLessThan(25.5);
  });

  it('is nothing at 0', () => {
    expect([...new Set(noise([0, 0]))]).toEqual([40]);
  });
});
