/**
 * Drops single values in training (Srivastava et al., JMLR 15, 2014). tfjs-layers' own `Dropout` either cannot be
 * repeated or, given a seed, drops the same values at every step.
 * @module
 */
import { cast, greaterEqual, mul, randomUniform, serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { hasTensorflowKernels, uniformNumbers } from '../backends/tensorflow-kernels.ts';
import { DropoutLayer } from './dropout-layer.ts';
import { singleInput } from './single-input.ts';

/** Largest seed that is drawn. */
const MAX_SEED = 0x7fffffff;

export class SeededDropout extends DropoutLayer {
  static readonly className = 'SeededDropout';

  override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
    const x = singleInput(inputs);
    if (!kwargs.training || this.rate === 0) return x;
    const seed = this.random.integer(1, MAX_SEED);
    return tidy(() => {
      const draws = hasTensorflowKernels() ? uniformNumbers(x.shape, seed) : randomUniform(x.shape, 0, 1, 'float32', seed);
      // What stays is raised, so that sums keep their mean.
      return mul(x, mul(cast(greaterEqual(draws, this.rate), 'float32'), 1 / (1 - this.rate)));
    });
  }

  override getClassName(): string {
    return SeededDropout.className;
  }
}

serialization.registerClass(SeededDropout);
