/**
 * Drops whole channels in training (Tompson et al., arXiv:1411.4280), as ENet asks for; tfjs-layers has it for 1-D only.
 * @module
 */
import { mul, serialization, type Tensor, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { DropoutLayer } from './dropout-layer.ts';
import { singleInput } from './single-input.ts';

export class SpatialDropout2D extends DropoutLayer {
  static readonly className = 'SpatialDropout2D';

  override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
    const x = singleInput(inputs);
    if (!kwargs.training || this.rate === 0) return x;
    const [batch, , , channels] = x.shape;
    // What stays is raised, so that the sum over channels keeps its mean.
    const factors = Float32Array.from({ length: batch * channels }, () =>
      this.random.chance(this.rate) ? 0 : 1 / (1 - this.rate),
    );
    return tidy(() => mul(x, tensor4d(factors, [batch, 1, 1, channels])));
  }

  override getClassName(): string {
    return SpatialDropout2D.className;
  }
}

serialization.registerClass(SpatialDropout2D);
