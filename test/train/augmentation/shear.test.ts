import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { sampleMap } from '../../../train/augmentation/sample-map.ts';
import { augmented, disc, MIDDLE, PIVOT, shapesOf } from './slices.ts';

const SHEAR = { kind: 'shear', probability: 1, pixelsPerRow: 0.5 } as const;

describe('a shear', () => {
  it('slides rows along each other: the middle row stays, areas and heights stay', () => {
    const drawn = Array.from({ length: 50 }, (_, seed) => {
      const [a, b, c, d, e, f] = sampleMap(createRandom(seed), [SHEAR], PIVOT);
      expect([a, d, e, f]).toEqual([1, 0, 1, 0]);
      expect(b * MIDDLE[1] + c).toBeCloseTo(0, 9);
      return b;
    });
    expect(Math.max(...drawn)).toBeGreaterThan(0.4);
    expect(Math.min(...drawn)).toBeLessThan(-0.4);
    expect(Math.max(...drawn.map(Math.abs))).toBeLessThanOrEqual(0.5);
  });

  it('moves a disc above the middle by its distance times the shear, image and mask alike', () => {
    const [, b] = sampleMap(createRandom(7), [SHEAR], PIVOT);
    const above = MIDDLE[1] - 10;
    const { image, mask } = shapesOf(augmented(disc(MIDDLE[0], above, 5), 7, SHEAR));
    expect(image.x - MIDDLE[0]).toBeCloseTo(b * 10, 0);
    expect(Math.abs(image.x - mask.x)).toBeLessThan(0.3);
    expect(Math.abs(mask.y - above)).toBeLessThan(0.3);
  });
});
