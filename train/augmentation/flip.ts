/**
 * Flip: the sample mirrored about the line through its anchor.
 * @module
 */
import { type FieldRules, oneOf } from './fields.ts';
import { followedBy, type Placement } from './placement.ts';

export interface Flip {
  readonly kind: 'flip';
  readonly probability: number;
  /** Horizontal: right and left change places; vertical: top and bottom. */
  readonly axis: 'horizontal' | 'vertical';
}

export const FLIP_RULES: FieldRules<Flip> = { axis: oneOf('horizontal', 'vertical') };

export function flip(placement: Placement, { axis }: Flip): Placement {
  return followedBy(placement, axis === 'horizontal' ? [-1, 0, 0, 1] : [1, 0, 0, -1]);
}
