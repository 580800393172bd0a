import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { drawDisplacement, type Elastic } from '../../../train/augmentation/elastic.ts';
import { augmented, COUNTING, deviationOf, disc, shapesOf } from './slices.ts';

const ELASTIC: Elastic = { kind: 'elastic', probability: 1, displacementPixels: [3, 3], smoothnessPixels: [12, 12] };
const FIELD = [192, 160] as const;

/** Fields of many seeds, so that a mean over them says something. */
const FIELDS = Array.from({ length: 12 }, (_, seed) => drawDisplacement(createRandom(seed), ELASTIC, FIELD));

/** Mean product of the displacements at two places so far apart, by their mean square. */
function correlation(field: Float32Array, [i, j]: readonly [number, number]): number {
  let [products, squares] = [0, 0];
  for (let v = 0; v < FIELD[1] - j; v++)
    for (let u = 0; u < FIELD[0] - i; u++) {
      const own = field[v * FIELD[0] + u] as number;
      products += own * (field[(v + j) * FIELD[0] + u + i] as number);
      squares += own * own;
    }
  return products / squares;
}

describe('an elastic displacement', () => {
  it('has the standard deviation that was asked for, along both axes', () => {
    for (const axis of ['across', 'down'] as const) {
      const square = FIELDS.reduce((sum, field) => sum + deviationOf(field[axis]) ** 2, 0) / FIELDS.length;
      expect(Math.sqrt(square)).toBeGreaterThan(2.6);
      expect(Math.sqrt(square)).toBeLessThan(3.3);
    }
  });

  it('is as smooth as was asked for: white noise under a bell of σ is correlated as a bell of √2 σ', () => {
    for (const [i, j] of [
      [12, 0],
      [0, 12],
      [24, 0],
    ] as const) {
      const mean = FIELDS.reduce((sum, { across }) => sum + correlation(across, [i, j]), 0) / FIELDS.length;
      expect(Math.abs(mean - Math.exp(-(i * i + j * j) / (4 * 12 * 12)))).toBeLessThan(0.12);
    }
  });

  it('has no jumps: neighbours differ by what a smooth field allows', () => {
    for (const { across } of FIELDS) {
      let most = 0;
      for (let p = 1; p < across.length; p++) {
        if (p % FIELD[0] !== 0) most = Math.max(most, Math.abs((across[p] as number) - (across[p - 1] as number)));
      }
      // Five deviations of the slope, which has the deviation 3 / (√2 · 12).
      expect(most).toBeLessThan((5 * 3) / (Math.SQRT2 * 12));
    }
  });

  it('never folds a slice over, at the most that is allowed', () => {
    const most: Elastic = { ...ELASTIC, displacementPixels: [4, 4] };
    for (let seed = 0; seed < 20; seed++) {
      const { across } = drawDisplacement(createRandom(seed), most, [64, 64]);
      const steps = across.map((value, p) => (p % 64 === 0 ? 1 : 1 + value - (across[p - 1] as number)));
      expect(Math.min(...steps)).toBeGreaterThan(0);
    }
  });

  it('moves the axes apart from each other', () => {
    const { across, down } = FIELDS[0] as (typeof FIELDS)[number];
    expect(down).not.toEqual(across);
  });

  it('is nothing where its range is 0', () => {
    const still: Elastic = { ...ELASTIC, displacementPixels: [0, 0] };
    expect([...augmented(COUNTING, 1, still).hu]).toEqual([...COUNTING.hu]);
  });
});

describe('a slice under an elastic move', () => {
  it('keeps mask and image together', () => {
    for (let seed = 0; seed < 10; seed++) {
      const sample = augmented(disc(32, 24, 12), seed, { ...ELASTIC, displacementPixels: [2, 2] });
      const { image, mask } = shapesOf(sample);
      expect(Math.hypot(image.x - mask.x, image.y - mask.y)).toBeLessThan(0.25);
      expect(Math.abs(image.area / mask.area - 1)).toBeLessThan(0.04);
      // The mask is where the image is bright, but for the pixels on the rim.
      const wrong = sample.labels.filter((label, p) => (label === 1) !== (sample.hu[p] as number) > -450).length;
      expect(wrong / mask.area).toBeLessThan(0.06);
    }
  });

  it('is moved: it is another slice, and another again from another seed', () => {
    const [one, two] = [augmented(disc(32, 24, 12), 1, ELASTIC), augmented(disc(32, 24, 12), 2, ELASTIC)];
    expect(one.labels).not.toEqual(disc(32, 24, 12).labels);
    expect(two.labels).not.toEqual(one.labels);
    expect(augmented(disc(32, 24, 12), 1, ELASTIC)).toEqual(one);
  });
});
