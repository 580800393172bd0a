/**
 * Shift: another point of the slice comes under the anchor. It is in pixels of the slice and along its axes, wherever
 * in the list it stands: the slice is shifted first, then turned.
 * @module
 */
import type { Random } from '../../core/random.ts';
import { type FieldRules, numberWithin } from './fields.ts';
import type { Placement } from './placement.ts';

export interface Shift {
  readonly kind: 'shift';
  readonly probability: number;
  /** Largest shift along each axis, to either side, pixels of the slice. */
  readonly pixels: number;
}

export const SHIFT_RULES: FieldRules<Shift> = { pixels: numberWithin(0, 1024) };

export function shift(placement: Placement, { pixels }: Shift, random: Random): Placement {
  const [x, y] = placement.shiftPixels;
  return { ...placement, shiftPixels: [x + random.uniform(-1, 1) * pixels, y + random.uniform(-1, 1) * pixels] };
}
