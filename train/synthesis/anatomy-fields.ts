/**
 * Smooth fields that make an anatomy irregular.
 * @module
 */
import type { Random } from '../../core/random.ts';
import { createSmoothField, type SmoothField } from './noise-field.ts';

/** Smooth fields that bend the whole anatomy, roughen surfaces and give tissue its texture. */
export interface AnatomyFields {
  /** Displacement along x, y, z, mm a unit of the field: {@link warpMm}. */
  readonly warp: readonly [SmoothField, SmoothField, SmoothField];
  readonly warpMm: readonly [x: number, y: number, z: number];
  readonly roughness: SmoothField;
  readonly texture: SmoothField;
}

const WARP_WAVELENGTH_MM = 75;
const ROUGHNESS_WAVELENGTH_MM = 14;
const TEXTURE_WAVELENGTH_MM = 7;

export function createAnatomyFields(random: Random, warpMm: AnatomyFields['warpMm']): AnatomyFields {
  return {
    warp: [
      createSmoothField(random.fork('x'), WARP_WAVELENGTH_MM),
      createSmoothField(random.fork('y'), WARP_WAVELENGTH_MM),
      createSmoothField(random.fork('z'), WARP_WAVELENGTH_MM),
    ],
    warpMm,
    roughness: createSmoothField(random.fork('roughness'), ROUGHNESS_WAVELENGTH_MM),
    texture: createSmoothField(random.fork('texture'), TEXTURE_WAVELENGTH_MM),
  };
}
