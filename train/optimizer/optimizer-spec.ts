/**
 * What a recipe may say about its optimiser: plain data, read by `adam.ts`.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';

export interface OptimizerSpec {
  /** `adam` adds the weight decay to the gradient (L2); `adamw` takes it off the weights beside the step (decoupled). */
  readonly kind: 'adam' | 'adamw';
  /**
   * Where ε stands: `tensorflow` beside √v before the correction of its bias (tfjs, Keras), `pytorch` after it. Near the
   * first steps the former is an ε up to 30 × larger.
   */
  readonly epsilonPlace: 'tensorflow' | 'pytorch';
  /** Absent = 1e-7 with `tensorflow`, 1e-8 with `pytorch`: each library's own. */
  readonly epsilon?: number;
  /** Share of the mean and of the mean square that stays at a step, in [0, 1); absent = {@link ADAM_BETAS}. */
  readonly betas?: readonly [first: number, second: number];
  /** λ, ≥ 0; absent = 0. */
  readonly weightDecay?: number;
  /** Gradients whose norm, over all variables, is larger are scaled down to it; absent = none are. */
  readonly clipNorm?: number;
}

/** Kingma & Ba, arXiv:1412.6980. */
export const ADAM_BETAS = [0.9, 0.999] as const;

/** As TensorFlow has it. */
export const PLAIN_ADAM: OptimizerSpec = { kind: 'adam', epsilonPlace: 'tensorflow' };

/** @throws {VoxwatchError} `INVALID_ARGUMENT` for a number out of its range. */
export function checkOptimizer({ betas = ADAM_BETAS, epsilon, weightDecay = 0, clipNorm }: OptimizerSpec): void {
  for (const beta of betas) check('A β of the optimiser', beta, beta >= 0 && beta < 1);
  if (epsilon !== undefined) check('ε of the optimiser', epsilon, epsilon > 0);
  check('The weight decay', weightDecay, weightDecay >= 0);
  if (clipNorm !== undefined) check('The norm that gradients are clipped to', clipNorm, clipNorm > 0);
}

function check(what: string, value: number, isInRange: boolean): void {
  if (!isInRange || !Number.isFinite(value)) throw new VoxwatchError('INVALID_ARGUMENT', `${what} cannot be ${value}.`);
}
