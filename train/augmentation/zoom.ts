/**
 * Zoom about the anchor, alike in both directions.
 * @module
 */
import type { Random } from '../../core/random.ts';
import { type FieldRules, numberWithin } from './fields.ts';
import type { Placement } from './placement.ts';

export interface Zoom {
  readonly kind: 'zoom';
  readonly probability: number;
  /** Objects grow to at most this many times their size and shrink to 1 / factor; drawn evenly in its logarithm. */
  readonly factor: number;
}

export const ZOOM_RULES: FieldRules<Zoom> = { factor: numberWithin(1, 4) };

export function zoom(placement: Placement, { factor }: Zoom, random: Random): Placement {
  const drawn = factor ** random.uniform(-1, 1);
  const [a, b, c, d] = placement.linear;
  return { ...placement, linear: [a / drawn, b / drawn, c / drawn, d / drawn] };
}
