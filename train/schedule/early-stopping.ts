/**
 * Stops a run when a figure has not become better for some validations (Keras's `EarlyStopping`; report 002: 15).
 *
 * Its state is a {@link BestSoFar}, which tells the best validation as well: the weights to keep are those of it.
 * @module
 */
import type { BestSoFar, Watch } from './best-so-far.ts';

export interface EarlyStoppingSpec extends Watch {
  /** Validations without a gain after which the run stops, ≥ 1. */
  readonly patience: number;
}

export function shouldStop({ patience }: EarlyStoppingSpec, { withoutGain }: BestSoFar): boolean {
  return withoutGain >= patience;
}
