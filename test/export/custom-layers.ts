/**
 * Stand-ins for the layers of `train/` that the exporter knows by class name, built on tfjs-core alone, so that the
 * exporter is tested against the definition and not against one implementation.
 * @module
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

type Shape = (number | null)[];
const only = <T>(value: T | T[]): T => (Array.isArray(value) ? (value[0] as T) : value);

export class ChannelPadding extends tfl.layers.Layer {
  static readonly className = 'ChannelPadding';
  readonly channels: number;
  constructor(config: { channels: number }) {
    super({});
    this.channels = config.channels;
  }
  override computeOutputShape(shape: Shape | Shape[]): Shape {
    const [n, h, w] = (Array.isArray(shape[0]) ? shape[0] : shape) as Shape;
    return [n ?? null, h ?? null, w ?? null, this.channels];
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = only(inputs) as tf.Tensor4D;
    return tf.pad4d(x, [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, this.channels - x.shape[3]],
    ]);
  }
  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), channels: this.channels };
  }
}

export class ChannelPReLU extends tfl.layers.Layer {
  static readonly className = 'ChannelPReLU';
  override build(shape: Shape | Shape[]): void {
    const channels = (Array.isArray(shape[0]) ? shape[0] : shape).at(-1) as number;
    this.addWeight('alpha', [channels], 'float32', tfl.initializers.zeros());
    this.built = true;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = only(inputs);
    return tf.add(tf.maximum(x, 0), tf.mul((this.weights[0] as { read(): tf.Tensor }).read(), tf.minimum(x, 0)));
  }
}

export class DilatedConvolution2D extends tfl.layers.Layer {
  static readonly className = 'DilatedConvolution2D';
  readonly config: { filters: number; kernelSize: number; dilationRate: number; useBias: boolean };
  constructor(config: { filters: number; kernelSize: number; dilationRate: number; useBias: boolean }) {
    super({});
    this.config = config;
  }
  override build(shape: Shape | Shape[]): void {
    const channels = (Array.isArray(shape[0]) ? shape[0] : shape).at(-1) as number;
    const { kernelSize, filters, useBias } = this.config;
    this.addWeight('kernel', [kernelSize, kernelSize, channels, filters], 'float32', tfl.initializers.zeros());
    if (useBias) this.addWeight('bias', [filters], 'float32', tfl.initializers.zeros());
    this.built = true;
  }
  override computeOutputShape(shape: Shape | Shape[]): Shape {
    return [...((Array.isArray(shape[0]) ? shape[0] : shape) as Shape).slice(0, 3), this.config.filters];
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [kernel, bias] = this.weights.map((variable) => variable.read());
    const out = tf.conv2d(only(inputs) as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same', 'NHWC', this.config.dilationRate);
    return bias ? tf.add(out, bias) : out;
  }
  override getConfig(): tf.serialization.ConfigDict {
    // As in `train/`: `same` padding is not said, because there is no other.
    const { filters, kernelSize, dilationRate } = this.config;
    return { ...super.getConfig(), filters, kernelSize, dilationRate };
  }
}

export class FusedBatchNormalization extends tfl.layers.Layer {
  static readonly className = 'FusedBatchNormalization';
  override build(shape: Shape | Shape[]): void {
    const channels = (Array.isArray(shape[0]) ? shape[0] : shape).at(-1) as number;
    for (const name of ['gamma', 'beta', 'moving_mean', 'moving_variance'])
      this.addWeight(name, [channels], 'float32', tfl.initializers.ones(), undefined, !name.startsWith('moving'));
    this.built = true;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [gamma, beta, mean, variance] = this.weights.map((variable) => variable.read()) as tf.Tensor1D[];
    return tf.batchNorm(only(inputs), mean as tf.Tensor1D, variance as tf.Tensor1D, beta, gamma, 1e-3);
  }
  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), epsilon: 1e-3 };
  }
}

export class SpatialDropout2D extends tfl.layers.Layer {
  static readonly className = 'SpatialDropout2D';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return only(inputs);
  }
}

/** A layer that no rule knows. */
export class Unknown extends tfl.layers.Layer {
  static readonly className = 'Unknown';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return only(inputs);
  }
}
