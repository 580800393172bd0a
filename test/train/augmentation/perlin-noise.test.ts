import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { addPerlinNoiseInto, perlinField } from '../../../train/augmentation/perlin-noise.ts';
import { deviationOf, meanOf } from './slices.ts';

const SIDE = 256;
const WAVE = 32;
const ONE = { wavelengthPixels: WAVE, octaves: 1 };

function fields(octaves: number, count = 20): Float64Array[] {
  return Array.from({ length: count }, (_, seed) =>
    perlinField(createRandom(seed), [SIDE, SIDE], { wavelengthPixels: WAVE, octaves }),
  );
}

/** Power along the rows at a frequency, in waves a wavelength. */
function power(field: Float64Array, frequency: number): number {
  let sum = 0;
  for (let v = 0; v < SIDE; v++) {
    let [cos, sin] = [0, 0];
    for (let u = 0; u < SIDE; u++) {
      const angle = (2 * Math.PI * frequency * u) / WAVE;
      // A window without hard ends, so that what is slow does not spill over what is fast.
      const value = (field[v * SIDE + u] as number) * Math.sin((Math.PI * (u + 0.5)) / SIDE) ** 2;
      cos += value * Math.cos(angle);
      sin += value * Math.sin(angle);
    }
    sum += cos * cos + sin * sin;
  }
  return sum;
}

describe('Perlin noise', () => {
  it('has mean 0 and standard deviation 1 over many fields, however many octaves', () => {
    for (const octaves of [1, 3]) {
      const all = fields(octaves);
      const square = all.reduce((sum, field) => sum + deviationOf(field) ** 2 + meanOf(field) ** 2, 0) / all.length;
      expect(Math.abs(Math.sqrt(square) - 1)).toBeLessThan(0.05);
      expect(Math.abs(all.reduce((sum, field) => sum + meanOf(field), 0) / all.length)).toBeLessThan(0.05);
    }
  });

  it('stretches with its wavelength, and is else the same', () => {
    const narrow = perlinField(createRandom(4), [33, 17], { wavelengthPixels: 8, octaves: 1 });
    const wide = perlinField(createRandom(4), [65, 33], { wavelengthPixels: 16, octaves: 1 });
    for (let v = 0; v < 17; v++)
      for (let u = 0; u < 33; u++) expect(wide[2 * v * 65 + 2 * u]).toBeCloseTo(narrow[v * 33 + u] as number, 10);
  });

  it('has most of its power at about one wave a wavelength, and next to none beyond three', () => {
    const all = fields(1, 8);
    const at = (frequency: number): number => all.reduce((sum, field) => sum + power(field, frequency), 0);
    expect(at(0.75)).toBeGreaterThan(20 * at(3));
    expect(at(0.75)).toBeGreaterThan(1000 * at(6));
  });

  it('has finer patches with more octaves', () => {
    const rough = (octaves: number): number => fields(octaves, 6).reduce((sum, field) => sum + power(field, 3), 0);
    expect(rough(3)).toBeGreaterThan(5 * rough(1));
  });

  it('is smooth: no step between neighbours is larger than its slope allows', () => {
    for (const field of fields(1, 5)) {
      let most = 0;
      for (let p = 1; p < field.length; p++) {
        if (p % SIDE !== 0) most = Math.max(most, Math.abs((field[p] as number) - (field[p - 1] as number)));
      }
      // A cell's gradients have length 1; fading from one to its neighbour adds at most 15/8 of their difference.
      const steepest = (1 + 2 * (15 / 8)) / WAVE / Math.sqrt(0.0465);
      expect(most).toBeLessThan(steepest);
      expect(most).toBeGreaterThan(0.02);
    }
  });

  it('does not begin at the corner of a cell, where it is always 0', () => {
    const corners = Array.from({ length: 50 }, (_, seed) => perlinField(createRandom(seed), [4, 4], ONE)[0] as number);
    expect(deviationOf(corners)).toBeGreaterThan(0.5);
  });

  it('is added to the image with the strength that was asked for', () => {
    const squares = Array.from({ length: 10 }, (_, seed) => {
      const hu = new Float32Array(SIDE * SIDE).fill(40);
      const spec = { kind: 'perlin-noise', probability: 1, standardDeviationHu: [15, 15], octaves: 2 } as const;
      addPerlinNoiseInto(hu, [SIDE, SIDE], { ...spec, wavelengthPixels: [16, 16] }, createRandom(seed));
      return deviationOf(hu) ** 2 + (meanOf(hu) - 40) ** 2;
    });
    expect(Math.abs(Math.sqrt(meanOf(squares)) / 15 - 1)).toBeLessThan(0.08);
  });
});
