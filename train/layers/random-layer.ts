/**
 * What the layers that draw in training have in common: a stream to draw from, so that a run can be repeated.
 * @module
 */
import { layers } from '@tensorflow/tfjs-layers';
import { createRandom, type Random } from '../../core/random.ts';

export abstract class RandomLayer extends layers.Layer {
  protected random: Random = createRandom(0, 'dropout');

  /** From here on the layer draws from this stream. */
  drawFrom(random: Random): void {
    this.random = random;
  }
}
