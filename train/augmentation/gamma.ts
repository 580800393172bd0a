/**
 * Gamma: what lies within a range of HU becomes brighter or darker, its ends and all beyond them stay. Over soft tissue it
 * is what another phase of the contrast agent looks like, where a scale and an offset would move air and bone along.
 * @module
 */
import type { Random } from '../../core/random.ts';
import { type FieldRules, type Range, rangeWithin } from './fields.ts';

export interface Gamma {
  readonly kind: 'gamma';
  readonly probability: number;
  /** Above 1 darkens; drawn evenly in its logarithm. */
  readonly exponent: Range;
  readonly betweenHu: Range;
}

export const GAMMA_RULES: FieldRules<Gamma> = { exponent: rangeWithin(0.2, 5), betweenHu: rangeWithin(-32768, 32767) };

/** @param hu - Changed in place. */
export function bendIntensityInto(hu: Float32Array, { exponent, betweenHu: [low, high] }: Gamma, random: Random): void {
  const drawn = random.logUniform(...exponent);
  for (let p = 0; p < hu.length; p++) {
    const value = hu[p] as number;
    if (value > low && value < high) hu[p] = low + (high - low) * ((value - low) / (high - low)) ** drawn;
  }
}
