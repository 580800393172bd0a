/**
 * Perlin noise: smooth patches of a stated size, lighter and darker than the tissue, unlike the grain of Gaussian noise.
 *
 * Source: report 001, which found that only noise with a pattern helped, after Bae et al., "A Perlin noise-based
 * augmentation strategy for deep learning with small data samples of HRCT images", Scientific Reports 8, 2018. The noise
 * itself: Perlin, "Improving noise", SIGGRAPH 2002, here with gradients of every direction.
 * @module
 */
import type { Random } from '../../core/random.ts';
import { type FieldRules, type Range, rangeWithin, wholeNumberWithin } from './fields.ts';

export interface PerlinNoise {
  readonly kind: 'perlin-noise';
  readonly probability: number;
  readonly standardDeviationHu: Range;
  /** Side of a cell of the coarsest octave, pixels of the sample; drawn evenly in its logarithm. */
  readonly wavelengthPixels: Range;
  /** Each has half the wavelength and half the strength of the one before it. */
  readonly octaves: number;
}

export const PERLIN_NOISE_RULES: FieldRules<PerlinNoise> = {
  standardDeviationHu: rangeWithin(0, 1000),
  wavelengthPixels: rangeWithin(2, 1024),
  octaves: wholeNumberWithin(1, 8),
};

/**
 * Variance of one octave, over all places in a cell and all directions of the gradients: 4 · ∫s²t² · ∫s², where s is
 * 1 − {@link fade}. From the integrals of the polynomials.
 */
const OCTAVE_VARIANCE = (4 * 535 * 181) / (18018 * 462);

/** @param hu - Changed in place. */
export function addPerlinNoiseInto(
  hu: Float32Array,
  size: readonly [width: number, height: number],
  { standardDeviationHu, wavelengthPixels, octaves }: PerlinNoise,
  random: Random,
): void {
  const deviation = random.uniform(...standardDeviationHu);
  const field = perlinField(random.fork('field'), size, { wavelengthPixels: random.logUniform(...wavelengthPixels), octaves });
  for (let p = 0; p < hu.length; p++) hu[p] = (hu[p] as number) + deviation * (field[p] as number);
}

/** @returns width × height numbers of mean 0 and standard deviation 1 over many fields, i fastest. */
export function perlinField(
  random: Random,
  size: readonly [width: number, height: number],
  { wavelengthPixels, octaves }: { readonly wavelengthPixels: number; readonly octaves: number },
): Float64Array {
  const field = new Float64Array(size[0] * size[1]);
  let variance = 0;
  for (let octave = 0; octave < octaves; octave++) {
    const strength = 0.5 ** octave;
    addOctaveInto(field, random.fork(`octave ${octave}`), size, { cell: wavelengthPixels * strength, strength });
    variance += OCTAVE_VARIANCE * strength * strength;
  }
  return field.map((value) => value / Math.sqrt(variance));
}

function addOctaveInto(
  field: Float64Array,
  random: Random,
  [width, height]: readonly [number, number],
  { cell, strength }: { readonly cell: number; readonly strength: number },
): void {
  // Where in a cell the field begins: the noise is 0 at every corner, which must not be the same pixel each time.
  const [left, top] = [random.uniform(0, 1), random.uniform(0, 1)];
  const across = Math.floor(left + (width - 1) / cell) + 2;
  const down = Math.floor(top + (height - 1) / cell) + 2;
  const directions = Float64Array.from({ length: across * down }, () => random.uniform(0, 2 * Math.PI));
  const [cos, sin] = [directions.map(Math.cos), directions.map(Math.sin)];
  for (let v = 0, p = 0; v < height; v++) {
    const y = top + v / cell;
    const j = Math.floor(y);
    const fy = y - j;
    const lower = fade(fy);
    for (let u = 0; u < width; u++, p++) {
      const x = left + u / cell;
      const i = Math.floor(x);
      const fx = x - i;
      const right = fade(fx);
      const q = j * across + i;
      const r = q + across;
      const upperLeft = (cos[q] as number) * fx + (sin[q] as number) * fy;
      const upperRight = (cos[q + 1] as number) * (fx - 1) + (sin[q + 1] as number) * fy;
      const lowerLeft = (cos[r] as number) * fx + (sin[r] as number) * (fy - 1);
      const lowerRight = (cos[r + 1] as number) * (fx - 1) + (sin[r + 1] as number) * (fy - 1);
      const above = upperLeft + (upperRight - upperLeft) * right;
      const below = lowerLeft + (lowerRight - lowerLeft) * right;
      field[p] = (field[p] as number) + strength * (above + (below - above) * lower);
    }
  }
}

/** Perlin's blend of 2002: its first and second derivative are 0 at both ends. */
function fade(t: number): number {
  return t * t * t * (t * (t * 6 - 15) + 10);
}
