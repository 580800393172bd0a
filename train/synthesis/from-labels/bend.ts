/**
 * How one anatomy is bent out of the template: for each place of the new volume, the place of the template seen there.
 *
 * One composed map (mirror, scale, aspect, turn, tilts, elastic field, local swellings), computed on coarse nodes and
 * interpolated between them: it varies slowly.
 * @module
 */
import type { Random } from '../../../core/random.ts';
import { type FieldRule, numberWithin, type Range, rangeWithin, wholeNumberWithin } from '../../augmentation/fields.ts';
import { createSmoothField, type SmoothField } from '../noise-field.ts';
import type { Template } from './template.ts';
import { membership } from './tissues.ts';

export interface BendDesign {
  /** Probability of a mirror image, left for right. */
  readonly mirrorProbability: number;
  /** Size against the template, drawn evenly in its logarithm. */
  readonly scale: Range;
  /** Standard deviation of the logarithm of the stretch along each axis. */
  readonly aspect: number;
  /** Standard deviations of the turn in the slice, and of the two tilts out of it. */
  readonly turnDegrees: number;
  readonly tiltDegrees: number;
  readonly elasticProbability: number;
  /** Standard deviation of the elastic move in the slice. */
  readonly elasticMm: number;
  /** How much larger it is along the body; it never exceeds a quarter of the smoothness, lest slices fold over. */
  readonly elasticAlongFactor: number;
  /** Standard deviation of the bell that smooths the elastic move. */
  readonly smoothnessMm: Range;
  /** Swellings and shrinkings round a place of an organ: at most how many, their reach, their strength. */
  readonly swellings: number;
  readonly swellingMm: Range;
  readonly swellingLogFactor: number;
}

export const BEND: BendDesign = {
  mirrorProbability: 0,
  scale: [0.78, 1.32],
  aspect: 0.07,
  turnDegrees: 6,
  tiltDegrees: 5,
  elasticProbability: 0.9,
  elasticMm: 7.8,
  elasticAlongFactor: 3,
  smoothnessMm: [36, 78],
  swellings: 4,
  swellingMm: [21, 72],
  swellingLogFactor: 0.55,
};

export const BEND_RULES: { readonly [K in keyof BendDesign]: FieldRule } = {
  mirrorProbability: numberWithin(0, 1),
  scale: rangeWithin(0.3, 3),
  aspect: numberWithin(0, 0.3),
  turnDegrees: numberWithin(0, 45),
  tiltDegrees: numberWithin(0, 30),
  elasticProbability: numberWithin(0, 1),
  elasticMm: numberWithin(0, 40),
  elasticAlongFactor: numberWithin(0, 10),
  smoothnessMm: rangeWithin(10, 300),
  swellings: wholeNumberWithin(0, 20),
  swellingMm: rangeWithin(5, 200),
  swellingLogFactor: numberWithin(0, 0.8),
};

/**
 * A map from the new anatomy to the template, both in mm from the template's middle.
 * @param into - The three coordinates are written to it.
 */
export interface Bend {
  (x: number, y: number, z: number, into: Float64Array): void;
  /** Stretch along x, y, z: mm of the new anatomy a mm of the template. */
  readonly stretch: readonly [x: number, y: number, z: number];
  readonly isMirrored: boolean;
}

/** Value noise with this many smoothnesses between lattice points varies as fast as noise under the bell. */
const WAVELENGTH_IN_SIGMAS = 2.5;
const MOST_MOVE_IN_SIGMAS = 0.25;
const SWELLING_CENTRES = membership(['liver', 'spleen', 'renal-cortex', 'renal-medulla', 'stomach', 'bowel', 'fat']);

export function sampleBend(random: Random, template: Template, design: BendDesign): Bend {
  const isMirrored = random.chance(design.mirrorProbability);
  const scale = random.logUniform(...design.scale);
  const stretch = [0, 1, 2].map(() => scale * Math.exp(random.normal(0, design.aspect))) as [number, number, number];
  const turn = rotation(
    degrees(random.normal(0, design.tiltDegrees)),
    degrees(random.normal(0, design.tiltDegrees)),
    degrees(random.normal(0, design.turnDegrees)),
  );
  const elastic = sampleElastic(random.fork('elastic'), design);
  const swellings = sampleSwellings(random.fork('swellings'), template, design);
  const map = (x: number, y: number, z: number, into: Float64Array): void => {
    const u = (isMirrored ? -x : x) / stretch[0];
    const v = y / stretch[1];
    const w = z / stretch[2];
    const [a, b, c] = [
      turn[0] * u + turn[1] * v + turn[2] * w,
      turn[3] * u + turn[4] * v + turn[5] * w,
      turn[6] * u + turn[7] * v + turn[8] * w,
    ];
    into[0] = a;
    into[1] = b;
    into[2] = c;
    elastic(a, b, c, into);
    for (const swell of swellings) swell(into);
  };
  return Object.assign(map, { stretch, isMirrored });
}

/** Adds the elastic move of a place to `into`. */
function sampleElastic(random: Random, design: BendDesign): (x: number, y: number, z: number, into: Float64Array) => void {
  if (!random.chance(design.elasticProbability)) return () => {};
  const sigma = random.uniform(...design.smoothnessMm);
  const most = sigma * MOST_MOVE_IN_SIGMAS;
  const inSlice = Math.min(most, design.elasticMm);
  const amplitudes = [inSlice, inSlice, Math.min(most, design.elasticMm * design.elasticAlongFactor)];
  const fields: SmoothField[] = ['x', 'y', 'z'].map((axis) => createSmoothField(random.fork(axis), WAVELENGTH_IN_SIGMAS * sigma));
  return (x, y, z, into) => {
    for (let axis = 0; axis < 3; axis++)
      into[axis] = (into[axis] as number) + (amplitudes[axis] as number) * (fields[axis] as SmoothField)(x, y, z);
  };
}

/** Each scales distances from its centre by 1 + (f − 1) · exp(−r² / 2R²). */
function sampleSwellings(random: Random, template: Template, design: BendDesign): ((at: Float64Array) => void)[] {
  const count = random.integer(0, design.swellings);
  return Array.from({ length: count }, () => {
    const [x, y, z] = randomPlace(random, template);
    const reach = random.uniform(...design.swellingMm);
    const gain = Math.exp(random.uniform(-design.swellingLogFactor, design.swellingLogFactor)) - 1;
    const inverse = -1 / (2 * reach * reach);
    return (at) => {
      const [dx, dy, dz] = [(at[0] as number) - x, (at[1] as number) - y, (at[2] as number) - z];
      const factor = 1 + gain * Math.exp((dx * dx + dy * dy + dz * dz) * inverse);
      at[0] = x + dx * factor;
      at[1] = y + dy * factor;
      at[2] = z + dz * factor;
    };
  });
}

/** A voxel of an organ, or of the fat between, in mm from the template's middle. */
function randomPlace(random: Random, { sizeVoxels, spacingMm, tissues }: Template): [number, number, number] {
  const [ni, nj, nk] = sizeVoxels;
  let p = 0;
  for (let tries = 0; tries < 1000; tries++) {
    p = random.integer(0, tissues.length - 1);
    if (SWELLING_CENTRES[tissues[p] as number]) break;
  }
  const i = p % ni;
  const j = ((p - i) / ni) % nj;
  const k = Math.floor(p / (ni * nj));
  return [(i - (ni - 1) / 2) * spacingMm, (j - (nj - 1) / 2) * spacingMm, (k - (nk - 1) / 2) * spacingMm];
}

function degrees(value: number): number {
  return (value * Math.PI) / 180;
}

type Matrix = readonly [number, number, number, number, number, number, number, number, number];

/** Rows of the turn about x, then y, then z. */
function rotation(x: number, y: number, z: number): Matrix {
  const [sx, cx, sy, cy, sz, cz] = [Math.sin(x), Math.cos(x), Math.sin(y), Math.cos(y), Math.sin(z), Math.cos(z)];
  return [
    cy * cz,
    sx * sy * cz - cx * sz,
    cx * sy * cz + sx * sz,
    cy * sz,
    sx * sy * sz + cx * cz,
    cx * sy * sz - sx * cz,
    -sy,
    sx * cy,
    cx * cy,
  ];
}
