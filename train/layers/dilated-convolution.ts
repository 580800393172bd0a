/**
 * A dilated convolution that can be trained: tfjs has no gradient for dilation rates above 1.
 *
 * Equal to `conv2d` with `dilationRate` and `same` padding: the image is split into its d × d phases (space to batch),
 * an ordinary convolution runs on each, and the phases are put together again.
 * @module
 */
import {
  batchToSpaceND,
  conv2d,
  pad4d,
  serialization,
  slice4d,
  spaceToBatchND,
  type Tensor,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import { type LayerShape, singleInput, singleShape } from './single-input.ts';

type LayerConfig = ConstructorParameters<typeof layers.Layer>[0];

export interface DilatedConvolutionConfig {
  readonly filters: number;
  /** Odd. */
  readonly kernelSize: number;
  readonly dilationRate: number;
}

export class DilatedConvolution2D extends layers.Layer {
  static readonly className = 'DilatedConvolution2D';
  private readonly filters: number;
  private readonly kernelSize: number;
  private readonly dilationRate: number;
  private kernel: ReturnType<layers.Layer['addWeight']> | undefined;

  constructor(config: LayerConfig & DilatedConvolutionConfig) {
    super(config);
    this.filters = config.filters;
    this.kernelSize = config.kernelSize;
    this.dilationRate = config.dilationRate;
  }

  override build(inputShape: LayerShape | LayerShape[]): void {
    const channels = singleShape(inputShape).at(-1) as number;
    const shape = [this.kernelSize, this.kernelSize, channels, this.filters];
    this.kernel = this.addWeight('kernel', shape, 'float32', initializers.heNormal({}));
    this.built = true;
  }

  override computeOutputShape(inputShape: LayerShape): LayerShape {
    return [...inputShape.slice(0, -1), this.filters];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const x = singleInput(inputs);
      const d = this.dilationRate;
      const [batch, height, width] = x.shape;
      const [extraHeight, extraWidth] = [(d - (height % d)) % d, (d - (width % d)) % d];
      const whole =
        extraHeight + extraWidth === 0
          ? x
          : pad4d(x, [
              [0, 0],
              [0, extraHeight],
              [0, extraWidth],
              [0, 0],
            ]);
      const none = [
        [0, 0],
        [0, 0],
      ];
      const phases = spaceToBatchND(whole, [d, d], none) as Tensor4D;
      const kernel = (this.kernel as NonNullable<typeof this.kernel>).read() as Tensor4D;
      const out = batchToSpaceND(conv2d(phases, kernel, 1, 'same'), [d, d], none) as Tensor4D;
      return extraHeight + extraWidth === 0 ? out : slice4d(out, [0, 0, 0, 0], [batch, height, width, this.filters]);
    });
  }

  override getConfig(): serialization.ConfigDict {
    const { filters, kernelSize, dilationRate } = this;
    return { ...super.getConfig(), filters, kernelSize, dilationRate };
  }

  override getClassName(): string {
    return DilatedConvolution2D.className;
  }
}

serialization.registerClass(DilatedConvolution2D);
