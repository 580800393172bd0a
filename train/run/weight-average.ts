/**
 * An exponential moving average of a network's weights: what is validated, saved and exported.
 *
 * The last weights of a short run with small batches jump from step to step; their average lies nearer to the middle of
 * the valley (Polyak & Juditsky, 1992; Tarvainen & Valpola, arXiv:1703.01780).
 * @module
 */
import { tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { numbersOf } from '../backends/numbers-of.ts';

type Weight = LayersModel['weights'][number];

/** Averages in the order of the network's weights, and how many steps they hold. */
export interface AverageState {
  readonly updates: number;
  readonly values: readonly Float32Array[];
}

export class WeightAverage {
  private readonly weights: readonly Weight[];
  private readonly decay: number;
  private readonly averages: readonly Float32Array[];
  private updates = 0;

  private constructor(weights: readonly Weight[], decay: number, averages: readonly Float32Array[]) {
    this.weights = weights;
    this.decay = decay;
    this.averages = averages;
  }

  /**
   * Starts at the weights as they are.
   * @param decay - Share of the average that stays at each update, in [0, 1); 0 = the average is the last weights.
   */
  static async of({ weights }: LayersModel, decay: number): Promise<WeightAverage> {
    return new WeightAverage(weights, decay, await weightsOf(weights));
  }

  /** Takes in the weights of a step, batch normalisation's statistics too. */
  async update(): Promise<void> {
    this.updates++;
    // The first weights are random: they fade at once, not over 1 / (1 − decay) steps.
    const decay = Math.min(this.decay, this.updates / (this.updates + 9));
    const weights = await numbersOf(this.weights.map((weight) => weight.read()));
    weights.forEach((current, index) => {
      const average = this.averages[index] as Float32Array;
      for (let i = 0; i < average.length; i++) average[i] = decay * (average[i] as number) + (1 - decay) * (current[i] as number);
    });
  }

  state(): AverageState {
    return { updates: this.updates, values: this.averages };
  }

  restore({ updates, values }: AverageState): void {
    this.updates = updates;
    this.averages.forEach((average, index) => {
      average.set(values[index] as Float32Array);
    });
  }

  /** Runs `action` while the network holds the average; the weights of the step come back afterwards. */
  async whileApplied<T>(action: () => Promise<T>): Promise<T> {
    const current = await weightsOf(this.weights);
    writeWeights(this.weights, this.averages);
    try {
      return await action();
    } finally {
      writeWeights(this.weights, current);
    }
  }
}

/** Copies of a network's weights. */
export async function weightsOf(weights: readonly Weight[]): Promise<Float32Array[]> {
  const numbers = await numbersOf(weights.map((weight) => weight.read()));
  return numbers.map((values) => Float32Array.from(values));
}

export function writeWeights(weights: readonly Weight[], values: readonly Float32Array[]): void {
  weights.forEach((weight, index) => {
    const next = tensor(values[index] as Float32Array, weight.shape as number[]);
    weight.write(next);
    next.dispose();
  });
}
