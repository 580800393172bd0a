/**
 * Shear: rows slide along each other, the anchor's own row stays.
 * @module
 */
import type { Random } from '../../core/random.ts';
import { type FieldRules, numberWithin } from './fields.ts';
import { followedBy, type Placement } from './placement.ts';

export interface Shear {
  readonly kind: 'shear';
  readonly probability: number;
  /** How far a row slides at most for each row from the anchor, to either side. */
  readonly pixelsPerRow: number;
}

export const SHEAR_RULES: FieldRules<Shear> = { pixelsPerRow: numberWithin(0, 1) };

export function shear(placement: Placement, { pixelsPerRow }: Shear, random: Random): Placement {
  return followedBy(placement, [1, random.uniform(-1, 1) * pixelsPerRow, 0, 1]);
}
