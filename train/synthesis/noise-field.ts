/**
 * Smooth random fields in space, and pools of white noise: what makes edges irregular and tissue uneven.
 * @module
 */
import type { Random } from '../../core/random.ts';

/** Lattice points along each axis of a smooth field; it repeats after `LATTICE · wavelength`. */
const LATTICE = 32;

/** A smooth field over world space: mean 0, standard deviation about 1. */
export type SmoothField = (xMm: number, yMm: number, zMm: number) => number;

/**
 * Value noise: Gaussian numbers on a periodic lattice, interpolated linearly between smoothed points.
 * @param wavelengthMm - Distance of two lattice points.
 */
export function createSmoothField(random: Random, wavelengthMm: number): SmoothField {
  const lattice = new Float32Array(LATTICE ** 3);
  // 1.6 makes up for the variance that interpolation between points takes away.
  for (let i = 0; i < lattice.length; i++) lattice[i] = random.normal(0, 1.6);
  const mask = LATTICE - 1;
  const inverse = 1 / wavelengthMm;
  return (x, y, z) => {
    const u = x * inverse + 1000 * LATTICE;
    const v = y * inverse + 1000 * LATTICE;
    const w = z * inverse + 1000 * LATTICE;
    const i = Math.floor(u);
    const j = Math.floor(v);
    const k = Math.floor(w);
    const fx = smooth(u - i);
    const fy = smooth(v - j);
    const fz = smooth(w - k);
    const i0 = i & mask;
    const i1 = (i + 1) & mask;
    const j0 = (j & mask) * LATTICE;
    const j1 = ((j + 1) & mask) * LATTICE;
    const k0 = (k & mask) * LATTICE * LATTICE;
    const k1 = ((k + 1) & mask) * LATTICE * LATTICE;
    const at = (offset: number): number => lattice[offset] as number;
    const low = mix(mix(at(k0 + j0 + i0), at(k0 + j0 + i1), fx), mix(at(k0 + j1 + i0), at(k0 + j1 + i1), fx), fy);
    const high = mix(mix(at(k1 + j0 + i0), at(k1 + j0 + i1), fx), mix(at(k1 + j1 + i0), at(k1 + j1 + i1), fx), fy);
    return mix(low, high, fz);
  };
}

/**
 * A smooth field sampled once over a slice: computed on a coarse grid and interpolated, since it varies slowly.
 * @param stepPixels - Distance of the coarse points; at most a quarter of the field's wavelength.
 * @returns value a pixel, i fastest.
 */
export function sampleFieldOnSlice(
  field: SmoothField,
  slice: {
    readonly sizePixels: readonly [number, number];
    readonly originMm: readonly [number, number];
    readonly spacingMm: readonly [number, number];
  },
  zMm: number,
  stepPixels: number,
): Float32Array {
  const [nx, ny] = slice.sizePixels;
  const cx = Math.ceil(nx / stepPixels) + 1;
  const cy = Math.ceil(ny / stepPixels) + 1;
  const coarse = new Float32Array(cx * cy);
  for (let j = 0; j < cy; j++) {
    const y = slice.originMm[1] + j * stepPixels * slice.spacingMm[1];
    for (let i = 0; i < cx; i++) coarse[j * cx + i] = field(slice.originMm[0] + i * stepPixels * slice.spacingMm[0], y, zMm);
  }
  const out = new Float32Array(nx * ny);
  const inverse = 1 / stepPixels;
  for (let j = 0; j < ny; j++) {
    const v = j * inverse;
    const j0 = Math.floor(v);
    const fy = v - j0;
    for (let i = 0; i < nx; i++) {
      const u = i * inverse;
      const i0 = Math.floor(u);
      const fx = u - i0;
      const p = j0 * cx + i0;
      const top = (coarse[p] as number) * (1 - fx) + (coarse[p + 1] as number) * fx;
      const bottom = (coarse[p + cx] as number) * (1 - fx) + (coarse[p + cx + 1] as number) * fx;
      out[j * nx + i] = top * (1 - fy) + bottom * fy;
    }
  }
  return out;
}

/** Gaussian white noise, mean 0, standard deviation 1, to be read from random places. */
export function createWhiteNoisePool(random: Random, length: number): Float32Array {
  const pool = new Float32Array(length);
  for (let i = 0; i < length; i++) pool[i] = random.normal(0, 1);
  return pool;
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}
