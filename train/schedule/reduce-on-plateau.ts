/**
 * Lowers the learning rate when a figure has not become better for some validations (Keras's `ReduceLROnPlateau`; report
 * 002: 10). PyTorch's of the same name waits for one validation more.
 * @module
 */
import { type BestSoFar, NOTHING_SEEN, observe, type Watch } from './best-so-far.ts';

export interface PlateauSpec extends Watch {
  /** Validations without a gain after which the rate is lowered, ≥ 1; then they are counted anew. */
  readonly patience: number;
  /** Of the rate before, in (0, 1). */
  readonly factor: number;
  /** The rate is not lowered below this, ≥ 0. */
  readonly minRate: number;
}

export interface PlateauState {
  readonly watched: BestSoFar;
  /** Product of all reductions. */
  readonly scale: number;
}

export const NO_PLATEAU: PlateauState = { watched: NOTHING_SEEN, scale: 1 };

/** Takes in a validation. */
export function observePlateau(spec: PlateauSpec, { watched, scale }: PlateauState, value: number): PlateauState {
  const next = observe(spec, watched, value);
  if (next.withoutGain < spec.patience) return { watched: next, scale };
  return { watched: { ...next, withoutGain: 0 }, scale: scale * spec.factor };
}

/** @param rate - What the schedule alone would give. */
export function reducedRate({ minRate }: PlateauSpec, { scale }: PlateauState, rate: number): number {
  return Math.min(rate, Math.max(rate * scale, minRate));
}
