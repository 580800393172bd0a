import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { sampleMap } from '../../../train/augmentation/sample-map.ts';
import { augmented, disc, PIVOT, shapesOf } from './slices.ts';

const SHIFT = { kind: 'shift', probability: 1, pixels: 6 } as const;

describe('a shift', () => {
  it('moves a disc by what the map says, image and mask alike', () => {
    for (const seed of [1, 2, 3]) {
      const [a, , c, , e, f] = sampleMap(createRandom(seed), [SHIFT], PIVOT);
      expect([a, e]).toEqual([1, 1]);
      const { image, mask } = shapesOf(augmented(disc(30, 20, 7), seed, SHIFT));
      expect(image.x).toBeCloseTo(30 - c, 0);
      expect(image.y).toBeCloseTo(20 - f, 0);
      // The mask stands on whole pixels.
      expect(Math.max(Math.abs(image.x - mask.x), Math.abs(image.y - mask.y))).toBeLessThan(0.51);
    }
  });

  it('stays within its range along each axis and uses all of it', () => {
    const drawn = Array.from({ length: 200 }, (_, seed) => sampleMap(createRandom(seed), [SHIFT], PIVOT));
    for (const axis of [2, 5] as const) {
      const shifts = drawn.map((map) => map[axis]);
      expect(Math.max(...shifts)).toBeLessThanOrEqual(6);
      expect(Math.min(...shifts)).toBeGreaterThanOrEqual(-6);
      expect(Math.max(...shifts) - Math.min(...shifts)).toBeGreaterThan(11);
    }
  });

  it('is along the axes of the slice, whether it stands before a rotation or after it', () => {
    const rotation = { kind: 'rotation', probability: 1, degrees: 0 } as const;
    const flip = { kind: 'flip', probability: 1, axis: 'horizontal' } as const;
    const centreOf = (...moves: Parameters<typeof sampleMap>[1]): number => {
      const [a, b, c] = sampleMap(createRandom(1), moves, { ...PIVOT, anchor: [0, 0] });
      return a * 0 + b * 0 + c;
    };
    expect(centreOf(SHIFT, flip)).toBe(centreOf(SHIFT, rotation));
    expect(centreOf(flip, SHIFT)).toBe(centreOf(SHIFT));
  });
});
