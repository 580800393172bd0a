/**
 * An exponential moving average of a network's weights: what is validated, saved and exported.
 *
 * The last weights of a short run with small batches jump from step to step; their average lies nearer to the middle of
 * the valley (Polyak & Juditsky, 1992; Tarvainen & Valpola, arXiv:1703.01780).
 * @module
 */
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

type Weight = LayersModel['weights'][number];

export class WeightAverage {
  private readonly weights: readonly Weight[];
  private readonly decay: number;
  private readonly averages: readonly Float32Array[];
  private updates = 0;

  /**
   * Starts at the weights as they are.
   * @param decay - Share of the average that stays at each update, in [0, 1); 0 = the average is the last weights.
   */
  constructor(model: LayersModel, decay: number) {
    this.weights = model.weights;
    this.decay = decay;
    this.averages = model.weights.map((weight) => copyOf(weight.read()));
  }

  /** Takes in the weights of a step, batch normalisation's statistics too. */
  update(): void {
    this.updates++;
    // The first weights are random: they fade at once, not over 1 / (1 − decay) steps.
    const decay = Math.min(this.decay, this.updates / (this.updates + 9));
    this.weights.forEach((weight, index) => {
      const average = this.averages[index] as Float32Array;
      const current = weight.read().dataSync();
      for (let i = 0; i < average.length; i++) average[i] = decay * (average[i] as number) + (1 - decay) * (current[i] as number);
    });
  }

  /** Runs `action` while the network holds the average; the weights of the step come back afterwards. */
  async whileApplied<T>(action: () => Promise<T>): Promise<T> {
    const current = this.weights.map((weight) => copyOf(weight.read()));
    this.write(this.averages);
    try {
      return await action();
    } finally {
      this.write(current);
    }
  }

  private write(values: readonly Float32Array[]): void {
    this.weights.forEach((weight, index) => {
      const next = tensor(values[index] as Float32Array, weight.shape as number[]);
      weight.write(next);
      next.dispose();
    });
  }
}

function copyOf(values: Tensor): Float32Array {
  return Float32Array.from(values.dataSync());
}
