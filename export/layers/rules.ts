/**
 * Which rule exports which layer.
 * @module
 */
import { activation, elu, leakyRelu, prelu, relu, softmax, thresholdedRelu } from './activation-layers.ts';
import { convolution, dilatedConvolution, transposedConvolution } from './convolution.ts';
import { cropping, cropToMatch } from './cropping.ts';
import { dense } from './dense.ts';
import { depthwiseConvolution, separableConvolution } from './depthwise.ts';
import { dot } from './dot.ts';
import type { LayerRule } from './layer-call.ts';
import { layerNormalization } from './layer-normalization.ts';
import { average, concatenation, maximum, minimum, product, sum } from './merge.ts';
import { batchNormalization } from './normalization.ts';
import { channelPadding, identity, rescaling, zeroPadding } from './pixelwise.ts';
import { averagePooling, globalAveragePooling, globalMaxPooling, maxPooling } from './pooling.ts';
import { flattening, permutation, reshaping } from './shape.ts';
import { cornerBilinearUpsampling, upsampling } from './upsampling.ts';

/** Class name of a layer → its rule: layers of tfjs-layers 4.22, and those of `train/layers/`. */
export const RULES: Readonly<Record<string, LayerRule>> = {
  Activation: activation,
  Add: sum,
  AlphaDropout: identity,
  Average: average,
  AveragePooling2D: averagePooling,
  BatchNormalization: batchNormalization,
  BilinearUpsampling2D: cornerBilinearUpsampling,
  ChannelPadding: channelPadding,
  ChannelPReLU: prelu,
  Concatenate: concatenation,
  Conv2D: convolution,
  Conv2DTranspose: transposedConvolution,
  Cropping2D: cropping,
  CropToMatch: cropToMatch,
  Dense: dense,
  DepthwiseConv2D: depthwiseConvolution,
  DilatedConvolution2D: dilatedConvolution,
  Dot: dot,
  Dropout: identity,
  ELU: elu,
  Flatten: flattening,
  FusedBatchNormalization: batchNormalization,
  GaussianDropout: identity,
  GaussianNoise: identity,
  GlobalAveragePooling2D: globalAveragePooling,
  GlobalMaxPooling2D: globalMaxPooling,
  LayerNormalization: layerNormalization,
  LeakyReLU: leakyRelu,
  Maximum: maximum,
  MaxPooling2D: maxPooling,
  Minimum: minimum,
  Multiply: product,
  Permute: permutation,
  PReLU: prelu,
  ReLU: relu,
  Rescaling: rescaling,
  Reshape: reshaping,
  SeededDropout: identity,
  SeparableConv2D: separableConvolution,
  Softmax: softmax,
  SpatialDropout1D: identity,
  SpatialDropout2D: identity,
  ThresholdedReLU: thresholdedRelu,
  UpSampling2D: upsampling,
  ZeroPadding2D: zeroPadding,
};

/** Layers that can take over a normalisation that follows them: linear ones whose last step has a weight a channel. */
export const FOLDING_CLASSES: ReadonlySet<string> = new Set([
  'Conv2D',
  'Conv2DTranspose',
  'Dense',
  'DepthwiseConv2D',
  'DilatedConvolution2D',
  'SeparableConv2D',
]);
