import { expect, it } from 'vitest';
import { augmented, disc, MIDDLE, shapesOf } from './slices.ts';

it('a zoom lets an object grow or shrink by at most the factor, about the fixed point', () => {
  const slice = disc(MIDDLE[0], MIDDLE[1], 9);
  const before = shapesOf(augmented(slice, 1)).mask;
  const factors = Array.from({ length: 40 }, (_, seed) => {
    const { mask } = shapesOf(augmented(slice, seed, { kind: 'zoom', probability: 1, factor: 1.5 }));
    expect(Math.hypot(mask.x - MIDDLE[0], mask.y - MIDDLE[1])).toBeLessThan(0.5);
    return mask.long / before.long;
  });
  expect(Math.max(...factors)).toBeGreaterThan(1.3);
  expect(Math.max(...factors)).toBeLessThan(1.55);
  expect(Math.min(...factors)).toBeLessThan(0.77);
  expect(Math.min(...factors)).toBeGreaterThan(0.63);
});
