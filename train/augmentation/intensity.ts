/**
 * Intensity jitter: `hu · factor + offset`, as a scanner whose calibration is a little off. Water, 0 HU, stays where it is
 * but for the offset.
 * @module
 */
import type { Random } from '../../core/random.ts';
import { type FieldRules, type Range, rangeWithin } from './fields.ts';

export interface Intensity {
  readonly kind: 'intensity';
  readonly probability: number;
  /** Drawn evenly in its logarithm. */
  readonly factor: Range;
  readonly offsetHu: Range;
}

export const INTENSITY_RULES: FieldRules<Intensity> = { factor: rangeWithin(0.25, 4), offsetHu: rangeWithin(-1000, 1000) };

/** @param hu - Changed in place. */
export function scaleIntensityInto(hu: Float32Array, { factor, offsetHu }: Intensity, random: Random): void {
  const [scale, offset] = [random.logUniform(...factor), random.uniform(...offsetHu)];
  for (let p = 0; p < hu.length; p++) hu[p] = (hu[p] as number) * scale + offset;
}
