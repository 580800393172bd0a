/**
 * Gaussian noise: every pixel for itself, as a lower dose would add it.
 * @module
 */
import type { Random } from '../../core/random.ts';
import { type FieldRules, type Range, rangeWithin } from './fields.ts';

export interface GaussianNoise {
  readonly kind: 'gaussian-noise';
  readonly probability: number;
  readonly standardDeviationHu: Range;
}

export const GAUSSIAN_NOISE_RULES: FieldRules<GaussianNoise> = { standardDeviationHu: rangeWithin(0, 1000) };

/** @param hu - Changed in place. */
export function addGaussianNoiseInto(hu: Float32Array, { standardDeviationHu }: GaussianNoise, random: Random): void {
  const deviation = random.uniform(...standardDeviationHu);
  for (let p = 0; p < hu.length; p++) hu[p] = (hu[p] as number) + random.normal(0, deviation);
}
