/**
 * Window jitter: the slice as if it were looked at through a window of another centre and width than the recipe's. What the
 * moved window shows at a grey, the recipe's window then shows at the same grey.
 * @module
 */
import type { Random } from '../../core/random.ts';
import { type FieldRules, numberWithin, type Range, rangeWithin } from './fields.ts';

export interface WindowJitter {
  readonly kind: 'window';
  readonly probability: number;
  /** Centre of the recipe's window. */
  readonly centreHu: number;
  /** How far the centre moves. */
  readonly centreShiftHu: Range;
  /** Width of the moved window by that of the recipe's; drawn evenly in its logarithm. */
  readonly widthFactor: Range;
}

export const WINDOW_RULES: FieldRules<WindowJitter> = {
  centreHu: numberWithin(-32768, 32767),
  centreShiftHu: rangeWithin(-1000, 1000),
  widthFactor: rangeWithin(0.25, 4),
};

/** @param hu - Changed in place; not clipped, the recipe does that. */
export function moveWindowInto(hu: Float32Array, { centreHu, centreShiftHu, widthFactor }: WindowJitter, random: Random): void {
  const centre = centreHu + random.uniform(...centreShiftHu);
  const factor = random.logUniform(...widthFactor);
  for (let p = 0; p < hu.length; p++) hu[p] = centreHu + ((hu[p] as number) - centre) / factor;
}
