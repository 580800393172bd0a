/**
 * Drops single values in training (Srivastava et al., JMLR 15, 2014). tfjs-layers' own `Dropout` either cannot be
 * repeated or, given a seed, drops the same values at every step.
 * @module
 */
import { dropout, serialization, type Tensor } from '@tensorflow/tfjs-core';
import { DropoutLayer } from './dropout-layer.ts';
import { singleInput } from './single-input.ts';

/** Largest seed that is drawn. */
const MAX_SEED = 0x7fffffff;

export class SeededDropout extends DropoutLayer {
  static readonly className = 'SeededDropout';

  override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
    const x = singleInput(inputs);
    if (!kwargs.training || this.rate === 0) return x;
    return dropout(x, this.rate, undefined, this.random.integer(1, MAX_SEED));
  }

  override getClassName(): string {
    return SeededDropout.className;
  }
}

serialization.registerClass(SeededDropout);
