/**
 * Adam (Kingma & Ba, arXiv:1412.6980) on typed arrays.
 *
 * tfjs's own runs a dozen tiny operations a variable and step: for ENet's 340 variables some four thousand. Here
 * gradients are read and the update is one loop.
 * @module
 */
import { type NamedTensorMap, type Tensor, tensor, type Variable } from '@tensorflow/tfjs-core';

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-7;

/** What the next update depends on; arrays in the order of the variables. */
export interface AdamState {
  readonly steps: number;
  readonly first: readonly Float32Array[];
  readonly second: readonly Float32Array[];
}

export class Adam {
  private steps = 0;
  private readonly moments = new Map<string, { readonly first: Float32Array; readonly second: Float32Array }>();

  /**
   * One update; disposes the gradients.
   * @param gradients - By the variables' names, as `variableGrads` gives them.
   */
  apply(variables: readonly Variable[], gradients: NamedTensorMap, learningRate: number): void {
    this.steps++;
    const rate = (learningRate * Math.sqrt(1 - BETA_2 ** this.steps)) / (1 - BETA_1 ** this.steps);
    for (const variable of variables) {
      const gradientTensor = gradients[variable.name] as Tensor;
      const gradient = gradientTensor.dataSync() as Float32Array;
      const values = Float32Array.from(variable.dataSync() as Float32Array);
      const { first, second } = this.momentsOf(variable.name, values.length);
      for (let i = 0; i < values.length; i++) {
        const g = gradient[i] as number;
        const m = BETA_1 * (first[i] as number) + (1 - BETA_1) * g;
        const v = BETA_2 * (second[i] as number) + (1 - BETA_2) * g * g;
        first[i] = m;
        second[i] = v;
        values[i] = (values[i] as number) - (rate * m) / (Math.sqrt(v) + EPSILON);
      }
      gradientTensor.dispose();
      const updated = tensor(values, variable.shape);
      variable.assign(updated);
      updated.dispose();
    }
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

  private momentsOf(name: string, length: number): { readonly first: Float32Array; readonly second: Float32Array } {
    let moments = this.moments.get(name);
    if (!moments) {
      moments = { first: new Float32Array(length), second: new Float32Array(length) };
      this.moments.set(name, moments);
    }
    return moments;
  }
}
