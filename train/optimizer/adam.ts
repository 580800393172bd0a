/**
 * Adam on the variables of a network.
 *
 * tfjs's own runs a dozen tiny operations a variable and step: for ENet's 340 variables some four thousand. Here
 * gradients are read and the update is one loop.
 * @module
 */
import { dispose, type NamedTensorMap, type Tensor, tensor, type Variable } from '@tensorflow/tfjs-core';
import { VoxwatchError } from '../../core/errors.ts';
import { numbersOf } from '../backends/numbers-of.ts';
import { adamStep, type Moments, stepInto } from './adam-step.ts';
import { clipScale, globalNorm } from './clip-gradients.ts';
import { checkOptimizer, type OptimizerSpec, PLAIN_ADAM } from './optimizer-spec.ts';

/** What the next update depends on; arrays in the order of the variables. */
export interface AdamState {
  readonly steps: number;
  readonly first: readonly Float32Array[];
  readonly second: readonly Float32Array[];
}

export class Adam {
  private readonly spec: OptimizerSpec;
  private steps = 0;
  private readonly moments = new Map<string, Moments>();

  /** @throws {VoxwatchError} `INVALID_ARGUMENT` for a number out of its range. */
  constructor(spec: OptimizerSpec = PLAIN_ADAM) {
    checkOptimizer(spec);
    this.spec = spec;
  }

  /**
   * One update; disposes the gradients. Updates must not overlap.
   * @param gradients - By the variables' names, as `variableGrads` gives them.
   * @throws {VoxwatchError} `TRAINING_FAILED` where a gradient is not a number: nothing is updated then.
   */
  async apply(variables: readonly Variable[], gradients: NamedTensorMap, learningRate: number): Promise<void> {
    const slopes = variables.map(({ name }) => gradients[name] as Tensor);
    const [numbers, weights] = await Promise.all([numbersOf(slopes), numbersOf(variables)]);
    dispose(slopes);
    const gradientScale = this.scaleOf(numbers);
    this.steps++;
    const step = adamStep(this.spec, { steps: this.steps, learningRate, gradientScale });
    variables.forEach((variable, n) => {
      const values = Float32Array.from(weights[n] as Float32Array);
      stepInto(values, this.momentsOf(variable.name, values.length), numbers[n] as Float32Array, step);
      const updated = tensor(values, variable.shape);
      variable.assign(updated);
      updated.dispose();
    });
  }

  state(variables: readonly Variable[]): AdamState {
    const moments = variables.map(({ name, size }) => this.momentsOf(name, size));
    return { steps: this.steps, first: moments.map(({ first }) => first), second: moments.map(({ second }) => second) };
  }

  /** Goes on from a state of the same variables. */
  restore(variables: readonly Variable[], { steps, first, second }: AdamState): void {
    this.steps = steps;
    variables.forEach(({ name }, n) => {
      this.moments.set(name, {
        first: Float32Array.from(first[n] as Float32Array),
        second: Float32Array.from(second[n] as Float32Array),
      });
    });
  }

  private scaleOf(gradients: readonly Float32Array[]): number {
    const norm = globalNorm(gradients);
    if (!Number.isFinite(norm)) {
      const message = `A gradient is not a number after ${this.steps} steps; try a lower learning rate. What was reached before is kept.`;
      throw new VoxwatchError('TRAINING_FAILED', message, { steps: this.steps });
    }
    return this.spec.clipNorm === undefined ? 1 : clipScale(norm, this.spec.clipNorm);
  }

  private momentsOf(name: string, length: number): Moments {
    let moments = this.moments.get(name);
    if (!moments) {
      moments = { first: new Float32Array(length), second: new Float32Array(length) };
      this.moments.set(name, moments);
    }
    return moments;
  }
}
