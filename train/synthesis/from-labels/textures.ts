/**
 * Uneven tissue: each tissue varies by an amount of its own along one of a few smooth fields.
 * @module
 */
import type { Random } from '../../../core/random.ts';
import { type FieldRule, numberWithin, type Range, rangeWithin } from '../../augmentation/fields.ts';
import { createSmoothField, sampleFieldOnSlice } from '../noise-field.ts';
import type { ScanGrid } from './resample-template.ts';
import { CODES, membership, TISSUES, type Tissue } from './tissues.ts';

export interface TextureDesign {
  /** Standard deviation of the bell that noise as coarse as the texture would be smoothed with. */
  readonly textureMm: Range;
  /** A texture coarser than this is as much weaker in tissues that real scans show as even: solid organs, muscle and blood. */
  readonly evenAboveMm: number;
  /** Standard deviation of a tissue's texture; of stomach and bowel; of fat. */
  readonly textureHu: Range;
  readonly gutTextureHu: Range;
  readonly fatTextureHu: Range;
}

export const TEXTURE_RULES: { readonly [K in keyof TextureDesign]: FieldRule } = {
  textureMm: rangeWithin(1, 100),
  evenAboveMm: numberWithin(0.1, 100),
  textureHu: rangeWithin(0, 200),
  gutTextureHu: rangeWithin(0, 200),
  fatTextureHu: rangeWithin(0, 200),
};

/** Adds to one slice of a grid. */
export interface SlicePart {
  addInto(values: Float32Array, tissues: Uint8Array, grid: ScanGrid, k: number): void;
}

const FIELDS = 3;
/** Lattice of value noise as coarse as noise under a bell of this standard deviation. */
const WAVELENGTH_IN_SIGMAS = 2.5;
/** Texture of bone against that of soft tissue: marrow, cortex and gaps at 3 mm. */
const BONE_FACTOR = 5;
const IS_EVEN = membership(['liver', 'spleen', 'renal-cortex', 'renal-medulla', 'muscle', 'artery', 'vein', 'heart', 'myocardium']);

export function createTextures(random: Random, design: TextureDesign): SlicePart {
  const fields = Array.from({ length: FIELDS }, (_, n) => {
    const sigmaMm = random.logUniform(...design.textureMm);
    const wavelengthMm = WAVELENGTH_IN_SIGMAS * sigmaMm;
    return { field: createSmoothField(random.fork(`field ${n}`), wavelengthMm), wavelengthMm, sigmaMm };
  });
  const own = TISSUES.map((tissue) => ownTexture(random.fork(tissue), tissue, design));
  // Blobs of centimetres in an organ are what lesions look like: a network taught that they are none learns to miss faint lesions.
  const evenness = fields.map(({ sigmaMm }) => Math.min(1, design.evenAboveMm / sigmaMm));
  const amounts = Float32Array.from(
    own,
    ({ amountHu, field }, code) => amountHu * (IS_EVEN[code] ? (evenness[field] as number) : 1),
  );
  const fieldOf = Uint8Array.from(own, ({ field }) => field);
  return {
    addInto(values, tissues, grid, k) {
      const plane = planeOf(grid);
      const z = grid.originMm[2] + k * grid.spacingMm[2];
      const sampled = fields.map(({ field, wavelengthMm }) => sampleFieldOnSlice(field, plane, z, stepFor(wavelengthMm, grid)));
      for (let p = 0; p < values.length; p++) {
        const code = tissues[p] as number;
        if (code === CODES.air) continue;
        const field = sampled[fieldOf[code] as number] as Float32Array;
        values[p] = (values[p] as number) + (amounts[code] as number) * (field[p] as number);
      }
    },
  };
}

function ownTexture(random: Random, tissue: Tissue, design: TextureDesign): { amountHu: number; field: number } {
  const field = random.integer(0, FIELDS - 1);
  if (tissue === 'stomach' || tissue === 'bowel') return { field, amountHu: random.uniform(...design.gutTextureHu) };
  if (tissue === 'fat') return { field, amountHu: random.uniform(...design.fatTextureHu) };
  return { field, amountHu: random.uniform(...design.textureHu) * (tissue === 'bone' ? BONE_FACTOR : 1) };
}

/** The plane of a grid's slices. */
export function planeOf({ sizeVoxels, originMm, spacingMm }: ScanGrid) {
  return {
    sizePixels: [sizeVoxels[0], sizeVoxels[1]],
    originMm: [originMm[0], originMm[1]],
    spacingMm: [spacingMm[0], spacingMm[1]],
  } as const;
}

/** Pixels between the points at which a field is computed; between them it is interpolated. */
export function stepFor(wavelengthMm: number, { spacingMm }: ScanGrid): number {
  return Math.max(1, Math.floor(wavelengthMm / 4 / Math.max(spacingMm[0], spacingMm[1])));
}
