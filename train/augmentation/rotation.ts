/**
 * Rotation about the anchor.
 * @module
 */
import type { Random } from '../../core/random.ts';
import { type FieldRules, numberWithin } from './fields.ts';
import { followedBy, type Placement } from './placement.ts';

export interface Rotation {
  readonly kind: 'rotation';
  readonly probability: number;
  /** Largest angle to either side; angles are drawn evenly. */
  readonly degrees: number;
}

export const ROTATION_RULES: FieldRules<Rotation> = { degrees: numberWithin(0, 180) };

export function rotate(placement: Placement, { degrees }: Rotation, random: Random): Placement {
  const angle = (random.uniform(-1, 1) * degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return followedBy(placement, [cos, -sin, sin, cos]);
}
