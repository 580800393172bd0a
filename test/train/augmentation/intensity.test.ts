import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { type Intensity, scaleIntensityInto } from '../../../train/augmentation/intensity.ts';

function scaled(spec: Pick<Intensity, 'factor' | 'offsetHu'>, seed = 1): readonly number[] {
  const hu = Float32Array.of(-1000, 0, 50, 1000);
  scaleIntensityInto(hu, { kind: 'intensity', probability: 1, ...spec }, createRandom(seed));
  return [...hu];
}

describe('intensity jitter', () => {
  it('is hu · factor + offset', () => {
    expect(scaled({ factor: [2, 2], offsetHu: [10, 10] }).map((value) => Math.round(value * 100) / 100)).toEqual([
      -1990, 10, 110, 2010,
    ]);
  });

  it('draws factor and offset within their ranges and over all of them', () => {
    const drawn = Array.from({ length: 200 }, (_, seed) => {
      const [, offset = 0, , high = 0] = scaled({ factor: [0.8, 1.25], offsetHu: [-20, 20] }, seed);
      return { offset, factor: (high - offset) / 1000 };
    });
    const [offsets, factors] = [drawn.map(({ offset }) => offset), drawn.map(({ factor }) => factor)];
    for (const [values, low, high] of [
      [offsets, -20, 20],
      [factors, 0.8, 1.25],
    ] as const) {
      expect(Math.min(...values)).toBeGreaterThanOrEqual(low - 1e-3);
      expect(Math.max(...values)).toBeLessThanOrEqual(high + 1e-3);
      expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.9 * (high - low));
    }
    // Darker as often as brighter.
    expect(Math.abs(factors.filter((factor) => factor < 1).length / 200 - 0.5)).toBeLessThan(0.12);
  });

  it('is nothing at factor 1 and offset 0', () => {
    expect(scaled({ factor: [1, 1], offsetHu: [0, 0] })).toEqual([-1000, 0, 50, 1000]);
  });
});
