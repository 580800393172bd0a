/**
 * Parametric rectifier with one slope a channel (He et al., arXiv:1502.01852): f(x) = max(x, 0) + alpha · min(x, 0).
 *
 * tfjs-layers has `prelu`, whose gradient takes some fifteen passes over the activations; this one takes six.
 * @module
 */
import {
  add,
  customGrad,
  type GradSaveFunc,
  mul,
  relu,
  serialization,
  step,
  sub,
  sum,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import { hasTensorflowKernels, reluGradient } from '../backends/tensorflow-kernels.ts';
import { type LayerShape, singleInput, singleShape } from './single-input.ts';

/** Slope that training starts from, as in the paper. */
const INITIAL_SLOPE = 0.25;

export class ChannelPReLU extends layers.Layer {
  static readonly className = 'ChannelPReLU';
  private alpha: ReturnType<layers.Layer['addWeight']> | undefined;

  override build(inputShape: LayerShape | LayerShape[]): void {
    const channels = singleShape(inputShape).at(-1) as number;
    this.alpha = this.addWeight('alpha', [channels], 'float32', initializers.constant({ value: INITIAL_SLOPE }));
    this.built = true;
  }

  override computeOutputShape(inputShape: LayerShape): LayerShape {
    return inputShape;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return prelu(singleInput(inputs), (this.alpha as NonNullable<typeof this.alpha>).read());
  }

  override getClassName(): string {
    return ChannelPReLU.className;
  }
}

/** Not tfjs's own operation, for the speed of its gradient. */
const prelu = customGrad((...inputs) => {
  const [x, alpha, save] = inputs as unknown as [Tensor4D, Tensor, GradSaveFunc];
  const positive = relu(x);
  save([x, alpha]);
  return {
    value: add(positive, mul(sub(x, positive), alpha)),
    gradFunc: (dy: Tensor, saved: Tensor[]) => {
      const [savedX, savedAlpha] = saved as [Tensor4D, Tensor];
      const throughPositive = hasTensorflowKernels() ? reluGradient(dy, savedX) : mul(dy, step(savedX));
      const throughNegative = sub(dy, throughPositive);
      return [add(throughPositive, mul(throughNegative, savedAlpha)), sum(mul(throughNegative, savedX), [0, 1, 2])];
    },
  };
});

serialization.registerClass(ChannelPReLU);
