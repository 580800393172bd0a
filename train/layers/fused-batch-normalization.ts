/**
 * Batch normalisation (Ioffe & Szegedy, arXiv:1502.03167) with the fused kernels of libtensorflow where they are.
 *
 * Weights in the order of tfjs-layers' own: gamma, beta, moving_mean, moving_variance.
 * @module
 */
import {
  add,
  customGrad,
  type GradSaveFunc,
  moments,
  mul,
  rsqrt,
  serialization,
  sub,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import { fusedBatchNorm, fusedBatchNormGradient, hasTensorflowKernels } from '../backends/tensorflow-kernels.ts';
import { type LayerShape, singleInput, singleShape } from './single-input.ts';

type LayerConfig = ConstructorParameters<typeof layers.Layer>[0];
type Weight = ReturnType<layers.Layer['addWeight']>;

const EPSILON = 1e-3;
/** Share of the old moving statistics kept at each step; runs here are short, so less than Keras' 0.99. */
const MOMENTUM = 0.97;

export class FusedBatchNormalization extends layers.Layer {
  static readonly className = 'FusedBatchNormalization';
  private readonly epsilon: number;
  private readonly momentum: number;
  private weightsByName: { gamma: Weight; beta: Weight; mean: Weight; variance: Weight } | undefined;

  constructor(config: LayerConfig & { epsilon?: number; momentum?: number }) {
    super(config);
    this.epsilon = config.epsilon ?? EPSILON;
    this.momentum = config.momentum ?? MOMENTUM;
  }

  override build(inputShape: LayerShape | LayerShape[]): void {
    const shape = [singleShape(inputShape).at(-1) as number];
    this.weightsByName = {
      gamma: this.addWeight('gamma', shape, 'float32', initializers.ones()),
      beta: this.addWeight('beta', shape, 'float32', initializers.zeros()),
      mean: this.addWeight('moving_mean', shape, 'float32', initializers.zeros(), undefined, false),
      variance: this.addWeight('moving_variance', shape, 'float32', initializers.ones(), undefined, false),
    };
    this.built = true;
  }

  override computeOutputShape(inputShape: LayerShape): LayerShape {
    return inputShape;
  }

  override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
    const x = singleInput(inputs);
    const { gamma, beta, mean, variance } = this.weightsByName as NonNullable<typeof this.weightsByName>;
    // Frozen, it works as in inference: a batch must not move its statistics (Keras 2 does the same).
    if (kwargs.training && this.trainable) return this.normalizeBatch(x, gamma.read(), beta.read());
    return tidy(() => {
      const factor = mul(gamma.read(), rsqrt(add(variance.read(), this.epsilon)));
      return add(mul(x, factor), sub(beta.read(), mul(mean.read(), factor)));
    });
  }

  private normalizeBatch(x: Tensor4D, gamma: Tensor, beta: Tensor): Tensor {
    if (!hasTensorflowKernels()) {
      return tidy(() => {
        const { mean, variance } = moments(x, [0, 1, 2]);
        this.updateMoving(mean, variance);
        return add(mul(mul(sub(x, mean), rsqrt(add(variance, this.epsilon))), gamma), beta);
      });
    }
    const fused = customGrad((...args) => {
      const [input, scale, shift, save] = args as unknown as [Tensor4D, Tensor, Tensor, GradSaveFunc];
      const outputs = fusedBatchNorm(input, scale, shift, tensor1d([]), this.epsilon) as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ];
      this.updateMoving(outputs[1], outputs[2]);
      save([input, scale, outputs[3], outputs[4], outputs[5]]);
      return {
        value: outputs[0],
        gradFunc: (dy: Tensor, saved: Tensor[]) =>
          fusedBatchNormGradient(dy, saved[0] as Tensor, saved[1] as Tensor, saved.slice(2), this.epsilon),
      };
    });
    return fused(x, gamma, beta);
  }

  private updateMoving(batchMean: Tensor, batchVariance: Tensor): void {
    const { mean, variance } = this.weightsByName as NonNullable<typeof this.weightsByName>;
    tidy(() => {
      mean.write(add(mul(mean.read(), this.momentum), mul(batchMean, 1 - this.momentum)));
      variance.write(add(mul(variance.read(), this.momentum), mul(batchVariance, 1 - this.momentum)));
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), epsilon: this.epsilon, momentum: this.momentum };
  }

  override getClassName(): string {
    return FusedBatchNormalization.className;
  }
}

serialization.registerClass(FusedBatchNormalization);
