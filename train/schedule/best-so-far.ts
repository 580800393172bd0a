/**
 * A figure watched over validations: the best so far and how long ago it was. Plain data, so that a run can go on.
 * @module
 */

/** Which figure, as its owner sees it. */
export interface Watch {
  /** A loss wants the lowest, Dice the highest. */
  readonly goal: 'lowest' | 'highest';
  /** A change must be larger than this to count as a gain, ≥ 0. */
  readonly minDelta: number;
}

export interface BestSoFar {
  /** Validations that were looked at. */
  readonly seen: number;
  /** Absent until there was a number. */
  readonly best?: { readonly value: number; readonly validation: number };
  /** Validations since the best one. */
  readonly withoutGain: number;
}

export const NOTHING_SEEN: BestSoFar = { seen: 0, withoutGain: 0 };

/** Takes in a validation, the first having number 1. What is not a number is no gain. */
export function observe({ goal, minDelta }: Watch, { seen, best, withoutGain }: BestSoFar, value: number): BestSoFar {
  const validation = seen + 1;
  const gain = best === undefined ? Number.POSITIVE_INFINITY : goal === 'lowest' ? best.value - value : value - best.value;
  if (Number.isFinite(value) && gain > minDelta) return { seen: validation, best: { value, validation }, withoutGain: 0 };
  return { seen: validation, ...(best ? { best } : {}), withoutGain: withoutGain + 1 };
}

/** Whether the last validation was the best. */
export function isBest({ best, seen }: BestSoFar): boolean {
  return best?.validation === seen && seen > 0;
}
