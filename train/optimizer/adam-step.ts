/**
 * One step of Adam (Kingma & Ba, arXiv:1412.6980) or AdamW (Loshchilov & Hutter, arXiv:1711.05101) on numbers.
 * @module
 */
import { ADAM_BETAS, type OptimizerSpec } from './optimizer-spec.ts';

/** ε where the specification has none. */
const EPSILONS = { tensorflow: 1e-7, pytorch: 1e-8 } as const;

/** Running means of a variable's gradient and of its square. */
export interface Moments {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** What is the same for all variables at a step. */
export interface AdamStep {
  readonly beta1: number;
  readonly beta2: number;
  /** Of m / (√v + ε). */
  readonly rate: number;
  readonly epsilon: number;
  /** Factor of the weights before the step: 1, or below with decoupled decay. */
  readonly shrink: number;
  /** Added to the gradient, times the weight. */
  readonly l2: number;
  /** Factor of the gradient. */
  readonly gradientScale: number;
}

/** @param steps - Done with this one, from 1 on. */
export function adamStep(
  spec: OptimizerSpec,
  { steps, learningRate, gradientScale }: { readonly steps: number; readonly learningRate: number; readonly gradientScale: number },
): AdamStep {
  const { kind, epsilonPlace, weightDecay = 0, betas: [beta1, beta2] = ADAM_BETAS } = spec;
  const { epsilon = EPSILONS[epsilonPlace] } = spec;
  const correction = Math.sqrt(1 - beta2 ** steps);
  return {
    beta1,
    beta2,
    rate: (learningRate * correction) / (1 - beta1 ** steps),
    // √(v / c²) + ε is (√v + ε·c) / c.
    epsilon: epsilonPlace === 'pytorch' ? epsilon * correction : epsilon,
    shrink: kind === 'adamw' ? 1 - learningRate * weightDecay : 1,
    l2: kind === 'adam' ? weightDecay : 0,
    gradientScale,
  };
}

/** Moves the values and their moments, in place. All arrays have one length. */
export function stepInto(values: Float32Array, { first, second }: Moments, gradient: Float32Array, step: AdamStep): void {
  const { beta1, beta2, rate, epsilon, shrink, l2, gradientScale } = step;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const g = (gradient[i] as number) * gradientScale + l2 * value;
    const m = beta1 * (first[i] as number) + (1 - beta1) * g;
    const v = beta2 * (second[i] as number) + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    values[i] = shrink * value - (rate * m) / (Math.sqrt(v) + epsilon);
  }
}
