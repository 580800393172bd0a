/**
 * Pads the channels with zeros at their end: ENet's way of adding a narrow branch to a wide one.
 * @module
 */
import { pad4d, serialization, type Tensor } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { type LayerShape, singleInput } from './single-input.ts';

type LayerConfig = ConstructorParameters<typeof layers.Layer>[0];

export class ChannelPadding extends layers.Layer {
  static readonly className = 'ChannelPadding';
  private readonly channels: number;

  /** @param config - `channels`: how many there are to be, at least as many as come in. */
  constructor(config: LayerConfig & { channels: number }) {
    super(config);
    this.channels = config.channels;
  }

  override computeOutputShape(inputShape: LayerShape): LayerShape {
    return [...inputShape.slice(0, -1), this.channels];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = singleInput(inputs);
    return pad4d(x, [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, this.channels - x.shape[3]],
    ]);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), channels: this.channels };
  }

  override getClassName(): string {
    return ChannelPadding.className;
  }
}

serialization.registerClass(ChannelPadding);
