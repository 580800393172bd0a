/**
 * What organs show inside: vessels of the liver, pyramids and collecting system of the kidneys, content of the gut.
 *
 * Vessels run where two smooth fields are both near to zero: along lines, as tubes. All of it keeps its organ's label.
 * @module
 */
import type { Random } from '../../../core/random.ts';
import { type FieldRule, numberWithin, type Range, rangeWithin } from '../../augmentation/fields.ts';
import { createSmoothField, type SmoothField, sampleFieldOnSlice } from '../noise-field.ts';
import type { Contrast } from './contrast.ts';
import type { ScanGrid } from './resample-template.ts';
import { planeOf, type SlicePart, stepFor } from './textures.ts';
import { CODES } from './tissues.ts';

export interface InteriorDesign {
  readonly liverVesselProbability: number;
  readonly pyramidProbability: number;
  readonly sinusProbability: number;
  /** Coarseness (standard deviation of a bell) and strength of what is in stomach and bowel. */
  readonly gutContentMm: Range;
  readonly gutContentHu: Range;
}

export const INTERIOR_RULES: { readonly [K in keyof InteriorDesign]: FieldRule } = {
  liverVesselProbability: numberWithin(0, 1),
  pyramidProbability: numberWithin(0, 1),
  sinusProbability: numberWithin(0, 1),
  gutContentMm: rangeWithin(3, 200),
  gutContentHu: rangeWithin(0, 300),
};

const PYRAMID_WAVELENGTH_MM = 12;
const SINUS_WAVELENGTH_MM = 22;
/** The sinus fills the medulla where its field is above this, and is full a little further in. */
const SINUS_ABOVE = 0.35;
const SINUS_RAMP = 4;
const SINUS_HU: Readonly<Record<'water' | 'fat' | 'urine', Range>> = { water: [0, 25], fat: [-80, -10], urine: [150, 500] };

export function createInterior(random: Random, design: InteriorDesign, contrast: Contrast): SlicePart {
  const parts = [
    random.chance(design.liverVesselProbability) ? liverVessels(random.fork('vessels'), contrast) : undefined,
    random.chance(design.pyramidProbability) ? pyramids(random.fork('pyramids'), contrast) : undefined,
    random.chance(design.sinusProbability) ? sinus(random.fork('sinus'), contrast) : undefined,
    gutContent(random.fork('gut'), design),
  ].filter((part) => part !== undefined);
  return {
    addInto(values, tissues, grid, k) {
      for (const part of parts) part.addInto(values, tissues, grid, k);
    },
  };
}

/** Fields sampled in the slices that show a tissue at all; `change` is added to its voxels. */
function within(
  codes: readonly number[],
  fields: readonly { readonly field: SmoothField; readonly wavelengthMm: number }[],
  change: (first: number, second: number, added: number) => number,
): SlicePart {
  return {
    addInto(values, tissues, grid: ScanGrid, k) {
      if (!codes.some((code) => tissues.includes(code))) return;
      const z = grid.originMm[2] + k * grid.spacingMm[2];
      const sampled = fields.map(({ field, wavelengthMm }) =>
        sampleFieldOnSlice(field, planeOf(grid), z, stepFor(wavelengthMm, grid)),
      );
      const first = sampled[0] as Float32Array;
      const second = sampled[1] ?? first;
      for (let p = 0; p < values.length; p++) {
        if (!codes.includes(tissues[p] as number)) continue;
        values[p] = (values[p] as number) + change(first[p] as number, second[p] as number, values[p] as number);
      }
    },
  };
}

function fieldOf(random: Random, name: string, wavelengthMm: number) {
  return { field: createSmoothField(random.fork(name), wavelengthMm), wavelengthMm };
}

function liverVessels(random: Random, { meansHu }: Contrast): SlicePart {
  const wavelengthMm = random.uniform(28, 48);
  const width = random.uniform(0.15, 0.4);
  const change = ((meansHu[CODES.vein] as number) - (meansHu[CODES.liver] as number)) * random.uniform(0.4, 1);
  return within([CODES.liver], [fieldOf(random, 'a', wavelengthMm), fieldOf(random, 'b', wavelengthMm)], (a, b) => {
    const off = (a * a + b * b) / (width * width);
    return off < 1 ? change * (1 - off * off) : 0;
  });
}

/** Columns of cortex between the pyramids. */
function pyramids(random: Random, { meansHu }: Contrast): SlicePart {
  const change = (meansHu[CODES['renal-cortex']] as number) - (meansHu[CODES['renal-medulla']] as number);
  return within([CODES['renal-medulla']], [fieldOf(random, 'a', PYRAMID_WAVELENGTH_MM)], (a) => change * clamp(0.3 + 1.2 * a));
}

function sinus(random: Random, { meansHu, phase }: Contrast): SlicePart {
  const fillings: readonly (keyof typeof SINUS_HU)[] = phase === 'late' ? ['water', 'fat', 'urine', 'urine'] : ['water', 'fat'];
  const hu = random.uniform(...SINUS_HU[random.pick(fillings)]);
  const medulla = meansHu[CODES['renal-medulla']] as number;
  return within([CODES['renal-medulla']], [fieldOf(random, 'a', SINUS_WAVELENGTH_MM)], (a, _, added) => {
    return (hu - medulla - added) * clamp((a - SINUS_ABOVE) * SINUS_RAMP);
  });
}

function gutContent(random: Random, design: InteriorDesign): SlicePart {
  const wavelengthMm = 2.5 * random.uniform(...design.gutContentMm);
  const amountHu = random.uniform(...design.gutContentHu);
  return within([CODES.stomach, CODES.bowel], [fieldOf(random, 'a', wavelengthMm)], (a) => amountHu * a);
}

function clamp(value: number): number {
  return Math.max(0, Math.min(1, value));
}
