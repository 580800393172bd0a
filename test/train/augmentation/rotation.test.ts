import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { sampleMap } from '../../../train/augmentation/sample-map.ts';
import { augmented, disc, MIDDLE, PIVOT, shapesOf } from './slices.ts';

describe('a rotation', () => {
  it('moves image and mask alike, and leaves a disc a disc', () => {
    const slice = disc(44, 20, 8);
    const before = shapesOf(augmented(slice, 1));
    for (const seed of [1, 2, 3, 4, 5]) {
      const { image, mask } = shapesOf(augmented(slice, seed, { kind: 'rotation', probability: 1, degrees: 60 }));
      expect(Math.hypot(image.x - mask.x, image.y - mask.y)).toBeLessThan(0.25);
      expect(mask.long / mask.short).toBeLessThan(1.06);
      expect(Math.abs(mask.area / before.mask.area - 1)).toBeLessThan(0.06);
      // It stays as far from the fixed point as it was.
      const radius = ({ x, y }: { x: number; y: number }): number => Math.hypot(x - MIDDLE[0], y - MIDDLE[1]);
      expect(Math.abs(radius(mask) - radius(before.mask))).toBeLessThan(0.5);
    }
  });

  it('is a rotation and nothing else: lengths and right angles stay', () => {
    for (let seed = 0; seed < 20; seed++) {
      const [a, b, , d, e] = sampleMap(createRandom(seed), [{ kind: 'rotation', probability: 1, degrees: 180 }], PIVOT);
      expect(a * a + d * d).toBeCloseTo(1, 12);
      expect(a * b + d * e).toBeCloseTo(0, 12);
      expect(a * e - b * d).toBeCloseTo(1, 12);
    }
  });

  it('stays within its range, to both sides', () => {
    const angles = Array.from({ length: 200 }, (_, seed) => {
      const [a, , , d] = sampleMap(createRandom(seed), [{ kind: 'rotation', probability: 1, degrees: 10 }], PIVOT);
      return (Math.atan2(d, a) * 180) / Math.PI;
    });
    expect(Math.max(...angles)).toBeGreaterThan(8);
    expect(Math.max(...angles)).toBeLessThanOrEqual(10);
    expect(Math.min(...angles)).toBeLessThan(-8);
    expect(Math.min(...angles)).toBeGreaterThanOrEqual(-10);
  });
});
