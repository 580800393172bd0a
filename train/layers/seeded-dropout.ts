/**
 * Drops single values in training (Srivastava et al., JMLR 15, 2014). tfjs-layers' own `Dropout` either cannot be
 * repeated or, given a seed, drops the same values at every step.
 * @module
 */
import { dropout, serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { RandomLayer } from './random-layer.ts';
import { type LayerShape, singleInput } from './single-input.ts';

type LayerConfig = ConstructorParameters<typeof layers.Layer>[0];

/** Largest seed that is drawn. */
const MAX_SEED = 0x7fffffff;

export class SeededDropout extends RandomLayer {
  static readonly className = 'SeededDropout';
  private readonly rate: number;

  /** @param config - `rate`: share of values dropped, in [0, 1); what stays is raised by 1 / (1 − rate). */
  constructor(config: LayerConfig & { rate: number }) {
    super(config);
    this.rate = config.rate;
  }

  override computeOutputShape(inputShape: LayerShape): LayerShape {
    return inputShape;
  }

  override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
    const x = singleInput(inputs);
    if (!kwargs.training || this.rate === 0) return x;
    return dropout(x, this.rate, undefined, this.random.integer(1, MAX_SEED));
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate };
  }

  override getClassName(): string {
    return SeededDropout.className;
  }
}

serialization.registerClass(SeededDropout);
