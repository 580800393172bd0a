/**
 * Drops whole channels in training (Tompson et al., arXiv:1411.4280), as ENet asks for; tfjs-layers has it for 1-D only.
 * @module
 */
import { mul, serialization, type Tensor, tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { RandomLayer } from './random-layer.ts';
import { type LayerShape, singleInput } from './single-input.ts';

type LayerConfig = ConstructorParameters<typeof layers.Layer>[0];

export class SpatialDropout2D extends RandomLayer {
  static readonly className = 'SpatialDropout2D';
  private readonly rate: number;

  /** @param config - `rate`: share of channels dropped, in [0, 1). */
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
    const [batch, , , channels] = x.shape;
    // What stays is raised, so that the sum over channels keeps its mean.
    const factors = Float32Array.from({ length: batch * channels }, () =>
      this.random.chance(this.rate) ? 0 : 1 / (1 - this.rate),
    );
    return tidy(() => mul(x, tensor4d(factors, [batch, 1, 1, channels])));
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate };
  }

  override getClassName(): string {
    return SpatialDropout2D.className;
  }
}

serialization.registerClass(SpatialDropout2D);
