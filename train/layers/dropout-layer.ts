/**
 * What the layers that drop values in training have in common: a rate, and a stream to draw from, so that a run can be
 * repeated.
 * @module
 */
import type { serialization } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { createRandom, type Random } from '../../core/random.ts';
import type { LayerShape } from './single-input.ts';

type LayerConfig = ConstructorParameters<typeof layers.Layer>[0];

export abstract class DropoutLayer extends layers.Layer {
  protected readonly rate: number;
  protected random: Random = createRandom(0, 'dropout');

  /** @param config - `rate`: share that is dropped, in [0, 1); what stays is raised by 1 / (1 − rate). */
  constructor(config: LayerConfig & { rate: number }) {
    super(config);
    this.rate = config.rate;
  }

  /** From here on the layer draws from this stream. */
  drawFrom(random: Random): void {
    this.random = random;
  }

  override computeOutputShape(inputShape: LayerShape): LayerShape {
    return inputShape;
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate };
  }
}
