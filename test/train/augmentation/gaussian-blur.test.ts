import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { blurInto } from '../../../train/augmentation/gaussian-blur.ts';
import { imageOf, meanOf } from './slices.ts';

const SIZE = [41, 31] as const;

function blurred(hu: Float32Array, sigma: number): Float32Array {
  const out = Float32Array.from(hu);
  blurInto(out, SIZE, { kind: 'gaussian-blur', probability: 1, sigmaPixels: [sigma, sigma] }, createRandom(1));
  return out;
}

const COUNTING = imageOf(SIZE, (i, j) => ((i * 37 + j * 91) % 500) - 250);

describe('a Gaussian blur', () => {
  it('makes of a point the bell of its formula', () => {
    const out = blurred(
      imageOf(SIZE, (i, j) => (i === 20 && j === 15 ? 1e6 : 0)),
      2,
    );
    for (const [di, dj] of [
      [0, 0],
      [1, 0],
      [0, 2],
      [3, 3],
      [-4, 1],
    ] as const) {
      const bell = (1e6 / (2 * Math.PI * 4)) * Math.exp(-(di * di + dj * dj) / (2 * 4));
      expect((out[(15 + dj) * 41 + 20 + di] as number) / bell).toBeCloseTo(1, 2);
    }
  });

  it('keeps the mean, whatever stands at the edges', () => {
    for (const sigma of [0.5, 2, 12]) expect(meanOf(blurred(COUNTING, sigma))).toBeCloseTo(meanOf(COUNTING), 3);
  });

  it('leaves a flat image flat and a ramp a ramp, away from the edges', () => {
    expect([...new Set(blurred(new Float32Array(41 * 31).fill(7), 3))]).toEqual([7]);
    const ramp = blurred(
      imageOf(SIZE, (i) => 10 * i),
      1.5,
    );
    for (let i = 8; i < 33; i++) expect(ramp[15 * 41 + i]).toBeCloseTo(10 * i, 3);
  });

  it('twice is once with the variances added', () => {
    const [twice, once] = [blurred(blurred(COUNTING, 1.5), 2), blurred(COUNTING, 2.5)];
    for (let j = 8; j < 23; j++)
      for (let i = 8; i < 33; i++) expect(Math.abs((twice[j * 41 + i] as number) - (once[j * 41 + i] as number))).toBeLessThan(0.5);
  });

  it('is nothing at 0', () => {
    expect(blurred(COUNTING, 0)).toEqual(COUNTING);
  });
});
