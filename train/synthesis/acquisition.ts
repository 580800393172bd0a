/**
 * The scanner: grid and field of view, table, blur, noise, padding. Turns painted planes into what a CT delivers.
 * @module
 */

import type { Random } from '../../core/random.ts';
import { blurSlice } from './blur-slice.ts';
import type { Body } from './body.ts';
import type { SlicePlane } from './canvas.ts';

export interface Acquisition {
  readonly plane: SlicePlane;
  readonly slices: number;
  /** Distance of slice centres, mm. */
  readonly sliceStepMm: number;
  /** Thickness of what one slice averages, mm; less than the step where there are gaps. */
  readonly sliceThicknessMm: number;
  /** Height of the lowest slice, mm. */
  readonly lowestMm: number;
  /** Standard deviation of the reconstruction kernel, pixels. */
  readonly blurPixels: number;
  /** Standard deviation of the noise in the middle of the body, HU. */
  readonly noiseHu: number;
  /** Radius of the reconstructed circle in pixels, and what lies outside of it; absent where the square is filled. */
  readonly circle?: { readonly radiusPixels: number; readonly paddingHu: number };
  readonly table: { readonly topMm: number; readonly halfWidthMm: number; readonly curveMm: number };
}

/** What a caller may fix; the rest is sampled. */
export interface AcquisitionChoices {
  readonly matrix?: number;
  readonly sliceStepMm?: number;
  readonly sliceThicknessMm?: number;
  readonly slices?: number;
}

/** Which heights a scan shows, mm in the body's coordinates. */
export interface ScanRange {
  /** Of the lowest and of the highest slice: drawn between these. */
  readonly lowMm: readonly [number, number];
  readonly highMm: readonly [number, number];
  /** About where a fixed number of slices is laid. */
  readonly middleMm: number;
}

const SLICE_STEPS_MM = [1.25, 2, 2.5, 3, 4, 5] as const;
const SLICE_STEP_WEIGHTS = [0.05, 0.1, 0.2, 0.3, 0.15, 0.2] as const;

export function sampleAcquisition(random: Random, body: Body, range: ScanRange, choices: AcquisitionChoices = {}): Acquisition {
  const matrix = choices.matrix ?? 512;
  const bodyWidth = 2 * body.halfWidthMm;
  // Mostly the whole trunk with some air, as in abdominal protocols (0.6 to 0.95 mm a pixel); sometimes it is cut.
  const fieldOfView = Math.min(500, bodyWidth * (random.chance(0.08) ? random.uniform(0.9, 1) : random.uniform(1.08, 1.38)));
  const spacing = fieldOfView / matrix;
  const centre = [random.normal(0, 7), (body.backMm - body.frontMm) / 2 + random.normal(0, 8)] as const;
  const half = ((matrix - 1) / 2) * spacing;
  const sliceStepMm = choices.sliceStepMm ?? random.pick(SLICE_STEPS_MM, SLICE_STEP_WEIGHTS);
  const low = random.uniform(...range.lowMm);
  const high = random.uniform(...range.highMm);
  const slices = choices.slices ?? Math.round((high - low) / sliceStepMm);
  const lowestMm = choices.slices === undefined ? low : random.normal(range.middleMm, 6) - ((slices - 1) / 2) * sliceStepMm;
  return {
    plane: { sizePixels: [matrix, matrix], originMm: [centre[0] - half, centre[1] - half], spacingMm: [spacing, spacing] },
    slices,
    sliceStepMm,
    sliceThicknessMm: choices.sliceThicknessMm ?? sliceStepMm,
    lowestMm,
    blurPixels: random.uniform(0.4, 0.95),
    noiseHu: random.logUniform(6, 24),
    ...(random.chance(0.3) ? { circle: { radiusPixels: matrix / 2, paddingHu: random.pick([-1024, -2000, -3024]) } } : {}),
    table: { topMm: body.backMm + random.uniform(3, 9), halfWidthMm: random.uniform(190, 230), curveMm: random.uniform(20, 60) },
  };
}

/** Lays the table under the patient; it lies behind everything, so it is painted into air only. */
export function paintTable({ plane, table }: Pick<Acquisition, 'plane' | 'table'>, hu: Float32Array): void {
  const [nx, ny] = plane.sizePixels;
  for (let i = 0; i < nx; i++) {
    const x = plane.originMm[0] + i * plane.spacingMm[0];
    if (Math.abs(x) > table.halfWidthMm) continue;
    const top = table.topMm - table.curveMm * (x / table.halfWidthMm) ** 2 + 4;
    for (let j = Math.max(0, Math.floor((top - plane.originMm[1]) / plane.spacingMm[1])); j < ny; j++) {
      const depth = plane.originMm[1] + j * plane.spacingMm[1] - top;
      if (depth < 0 || depth > 22) continue;
      const p = j * nx + i;
      if ((hu[p] as number) < -900) hu[p] = depth < 3 || depth > 19 ? -60 : -930;
    }
  }
}

/**
 * Blur of the kernel, then noise that is correlated over neighbouring pixels, as reconstruction makes it.
 * @param noise - Standard white noise, read from a random place.
 * @returns int16 HU.
 */
export function scan(random: Random, acquisition: Omit<Acquisition, 'table'>, hu: Float32Array, noise: Float32Array): Int16Array {
  const { plane, blurPixels, noiseHu, circle } = acquisition;
  const [nx, ny] = plane.sizePixels;
  const blurred = blurSlice(hu, plane.sizePixels, blurPixels);
  const start = random.integer(0, noise.length - nx * ny - 1);
  // Smoothing white noise by σ = 0.7 pixel leaves 0.42 of its standard deviation; measured once, undone here.
  const grain = blurSlice(noise.subarray(start, start + nx * ny), plane.sizePixels, 0.7);
  const gain = noiseHu / 0.42;
  const out = new Int16Array(nx * ny);
  for (let p = 0; p < out.length; p++)
    out[p] = Math.max(-1024, Math.min(3071, Math.round((blurred[p] as number) + gain * (grain[p] as number))));
  if (circle) {
    for (let j = 0, p = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, p++) {
        if (Math.hypot(i - (nx - 1) / 2, j - (ny - 1) / 2) > circle.radiusPixels) out[p] = circle.paddingHu;
      }
    }
  }
  return out;
}
