/**
 * Drops whole channels in training (Tompson et al., arXiv:1411.4280), as ENet asks for; tfjs-layers has it for 1-D only.
 * @module
 */
import { dropout, mul, ones, serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { type LayerShape, singleInput } from './single-input.ts';

type LayerConfig = ConstructorParameters<typeof layers.Layer>[0];

export class SpatialDropout2D extends layers.Layer {
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
    return tidy(() => mul(x, dropout(ones([x.shape[0], 1, 1, x.shape[3]]), this.rate)));
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate };
  }

  override getClassName(): string {
    return SpatialDropout2D.className;
  }
}

serialization.registerClass(SpatialDropout2D);
