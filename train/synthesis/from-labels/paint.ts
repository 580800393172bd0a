/**
 * A bent template → HU: the real CT as it is, the real CT with every organ shifted to another contrast, or painted anew.
 * @module
 */
import type { Random } from '../../../core/random.ts';
import { type FieldRule, numberWithin, type Range, rangeWithin } from '../../augmentation/fields.ts';
import { blurSlice } from '../blur-slice.ts';
import type { Contrast } from './contrast.ts';
import { weightsRule } from './contrast.ts';
import { createInterior, INTERIOR_RULES, type InteriorDesign } from './interior.ts';
import type { BentTemplate, ScanGrid } from './resample-template.ts';
import { createTextures, TEXTURE_RULES, type TextureDesign } from './textures.ts';
import { membership, TISSUES, UNCHANGED } from './tissues.ts';

export const MODES = ['real', 'shift', 'synthesis'] as const;
/** How the HU of an anatomy come about. */
export type Mode = (typeof MODES)[number];

export interface PaintDesign extends TextureDesign, InteriorDesign {
  /** How often each mode is drawn, against the others; without a real CT everything is painted. */
  readonly modes: Readonly<Record<Mode, number>>;
  /** Standard deviation of the bell that softens the edges of shifts, pixels. */
  readonly shiftEdgePixels: Range;
  /** How often what is painted is blended with the shifted real CT. */
  readonly blendProbability: number;
  /** Blur and grain of what is painted, pixels and HU. */
  readonly paintBlurPixels: Range;
  readonly paintGrainHu: Range;
}

export const PAINT: PaintDesign = {
  modes: { real: 0.15, shift: 0.45, synthesis: 0.4 },
  shiftEdgePixels: [0.35, 0.8],
  blendProbability: 0.6,
  paintBlurPixels: [0.3, 1],
  paintGrainHu: [2, 16],
  textureMm: [3.6, 18],
  evenAboveMm: 3.6,
  textureHu: [0, 14],
  gutTextureHu: [5, 35],
  fatTextureHu: [2, 20],
  liverVesselProbability: 0.7,
  pyramidProbability: 0.5,
  sinusProbability: 0.5,
  gutContentMm: [15, 42],
  gutContentHu: [0, 35],
};

export const PAINT_RULES: { readonly [K in keyof PaintDesign]: FieldRule } = {
  modes: (value) => weightsRule(value, MODES),
  shiftEdgePixels: rangeWithin(0.1, 5),
  blendProbability: numberWithin(0, 1),
  paintBlurPixels: rangeWithin(0.1, 5),
  paintGrainHu: rangeWithin(0, 100),
  ...TEXTURE_RULES,
  ...INTERIOR_RULES,
};

export interface Painting {
  readonly mode: Mode;
  /** HU on the grid, i fastest. */
  readonly hu: Float32Array;
  /** What each tissue's mean became, by code. */
  readonly meansHu: Float32Array;
}

/** What is darker in the real CT holds gas and is not shifted. */
const SHIFT_ABOVE_HU = -250;
/** Share of the painted image where it is blended with the shifted one. */
const BLEND = [0.25, 0.75] as const;

export interface PaintSource {
  readonly bent: BentTemplate;
  /** Medians of the real CT by tissue code. */
  readonly medianHu: Float32Array;
  readonly contrast: Contrast;
  readonly grid: ScanGrid;
  /** Standard white noise. */
  readonly noise: Float32Array;
}

export function paint(random: Random, { bent, medianHu, contrast, grid, noise }: PaintSource, design: PaintDesign): Painting {
  const hasCt = bent.hu.length > 0;
  const drawn = random.pick(
    MODES,
    MODES.map((name) => design.modes[name]),
  );
  const mode = hasCt ? drawn : 'synthesis';
  if (mode === 'real') {
    const meansHu = medianHu.map((median, code) => (Number.isNaN(median) ? (contrast.meansHu[code] as number) : median));
    return { mode, hu: bent.hu, meansHu };
  }
  const [ni, nj, nk] = grid.sizeVoxels;
  const pixels = ni * nj;
  const share = mode === 'shift' ? 0 : hasCt && random.chance(design.blendProbability) ? random.uniform(...BLEND) : 1;
  const shifts = shiftsOf(contrast.meansHu, medianHu);
  const edge = random.uniform(...design.shiftEdgePixels);
  const blur = random.uniform(...design.paintBlurPixels);
  const grain = random.uniform(...design.paintGrainHu);
  const textures = createTextures(random.fork('textures'), design);
  const interior = createInterior(random.fork('interior'), design, contrast);
  const place = random.fork('grain');
  const hu = new Float32Array(pixels * nk);
  const extra = new Float32Array(pixels);
  const values = new Float32Array(pixels);
  for (let k = 0; k < nk; k++) {
    const tissues = bent.tissues.subarray(k * pixels, (k + 1) * pixels);
    const out = hu.subarray(k * pixels, (k + 1) * pixels);
    interior.addInto(extra.fill(0), tissues, grid, k);
    if (share < 1) {
      for (let p = 0; p < pixels; p++) values[p] = (shifts[tissues[p] as number] as number) + (extra[p] as number);
      const shift = blurSlice(values, [ni, nj], edge);
      for (let p = 0; p < pixels; p++) {
        const real = bent.hu[k * pixels + p] as number;
        out[p] = real > SHIFT_ABOVE_HU ? real + (shift[p] as number) : real;
      }
    }
    if (share > 0) {
      for (let p = 0; p < pixels; p++) values[p] = (contrast.meansHu[tissues[p] as number] as number) + (extra[p] as number);
      textures.addInto(values, tissues, grid, k);
      const painted = blurSlice(values, [ni, nj], blur);
      const start = place.integer(0, noise.length - pixels);
      for (let p = 0; p < pixels; p++)
        out[p] = (1 - share) * (out[p] as number) + share * ((painted[p] as number) + grain * (noise[start + p] as number));
    }
  }
  return { mode, hu, meansHu: contrast.meansHu };
}

function shiftsOf(meansHu: Float32Array, medianHu: Float32Array): Float32Array {
  const isUnchanged = membership(UNCHANGED);
  return Float32Array.from(TISSUES, (_, code) => {
    const shift = (meansHu[code] as number) - (medianHu[code] as number);
    return isUnchanged[code] || Number.isNaN(shift) ? 0 : shift;
  });
}
