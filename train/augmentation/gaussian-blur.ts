/**
 * Gaussian blur, as a softer reconstruction kernel would show the slice.
 * @module
 */
import type { Random } from '../../core/random.ts';
import { type FieldRules, type Range, rangeWithin } from './fields.ts';
import { convolve, gaussianKernel, mirrorEdges } from './smoothing.ts';

export interface GaussianBlur {
  readonly kind: 'gaussian-blur';
  readonly probability: number;
  /** Standard deviation of the bell, pixels of the sample. */
  readonly sigmaPixels: Range;
}

export const GAUSSIAN_BLUR_RULES: FieldRules<GaussianBlur> = { sigmaPixels: rangeWithin(0, 32) };

/** A bell narrower than this has nothing beside its top: its neighbours have a weight below 1e-5. */
const LEAST_SIGMA = 0.2;

/**
 * The mean stays as it is.
 * @param hu - Changed in place.
 */
export function blurInto(
  hu: Float32Array,
  size: readonly [width: number, height: number],
  { sigmaPixels }: GaussianBlur,
  random: Random,
): void {
  const sigma = random.uniform(...sigmaPixels);
  if (sigma < LEAST_SIGMA) return;
  const kernel = gaussianKernel(sigma);
  hu.set(convolve(mirrorEdges(hu, size, (kernel.length - 1) / 2), size, kernel));
}
