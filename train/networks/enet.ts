/**
 * ENet (Paszke et al., arXiv:1606.02147), as report 003 uses it: its figure 3 gives the sizes.
 *
 * What stands in for what tfjs lacks: transposed convolutions for max-unpooling (which also runs on no GPU provider of
 * ONNX Runtime); the other parts (PReLU, spatial dropout, dilation, channel padding) are layers of our own.
 * @module
 */
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Random } from '../../core/random.ts';
import { ChannelPadding } from '../layers/channel-padding.ts';
import { ChannelPReLU } from '../layers/channel-prelu.ts';
import { DilatedConvolution2D } from '../layers/dilated-convolution.ts';
import { FusedBatchNormalization } from '../layers/fused-batch-normalization.ts';
import { SpatialDropout2D } from '../layers/spatial-dropout.ts';
import { apply, channelsOf } from './apply-layer.ts';
import { drawKernels } from './draw-kernels.ts';
import type { EnetDropout } from './network-spec.ts';

export interface EnetOptions {
  /** [height, width], each divisible by 8; `null` where the network is to take any such size. */
  readonly inputSize: readonly [number | null, number | null];
  /** Channels of the input, fewer than 16. @defaultValue 1 */
  readonly channels?: number;
  /** Number of classes; the output holds their logits. */
  readonly classes: number;
  /** Where the first weights come from. */
  readonly random: Random;
  /** Share of a bottleneck's channels dropped in training. @defaultValue the paper's */
  readonly dropout?: EnetDropout;
}

type Main = 'plain' | 'asymmetric' | { readonly dilation: number };

const PAPER_DROPOUT: EnetDropout = { first: 0.01, rest: 0.1 };
const SECTION: readonly Main[] = [
  'plain',
  { dilation: 2 },
  'asymmetric',
  { dilation: 4 },
  'plain',
  { dilation: 8 },
  'asymmetric',
  { dilation: 16 },
];

/**
 * @returns a model of input [N, H, W, channels] and output [N, H, W, classes]: logits.
 */
export function createEnet({ inputSize, channels = 1, classes, random, dropout = PAPER_DROPOUT }: EnetOptions): LayersModel {
  const image = input({ shape: [...inputSize, channels] });
  let x = initialBlock(image);
  x = downsampling(x, 64, dropout.first);
  for (let n = 0; n < 4; n++) x = bottleneck(x, 'plain', dropout.first);
  x = downsampling(x, 128, dropout.rest);
  for (const main of [...SECTION, ...SECTION]) x = bottleneck(x, main, dropout.rest);
  x = upsampling(x, 64, dropout.rest);
  x = bottleneck(bottleneck(x, 'plain', dropout.rest), 'plain', dropout.rest);
  x = upsampling(x, 16, dropout.rest);
  x = bottleneck(x, 'plain', dropout.rest);
  const full = layers.conv2dTranspose({
    filters: classes,
    kernelSize: 2,
    strides: 2,
    padding: 'same',
    kernelInitializer: 'heNormal',
    name: 'fullconv',
  });
  const network = model({ inputs: image, outputs: apply(full, x) });
  drawKernels(network, random);
  return network;
}

function convolution(x: SymbolicTensor, filters: number, kernelSize: number | [number, number], strides = 1): SymbolicTensor {
  return apply(layers.conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false, kernelInitializer: 'heNormal' }), x);
}

function transposed(x: SymbolicTensor, filters: number, kernelSize: number): SymbolicTensor {
  return apply(
    layers.conv2dTranspose({ filters, kernelSize, strides: 2, padding: 'same', useBias: false, kernelInitializer: 'heNormal' }),
    x,
  );
}

function normalize(x: SymbolicTensor): SymbolicTensor {
  return apply(new FusedBatchNormalization({}), x);
}

function activate(x: SymbolicTensor): SymbolicTensor {
  return apply(new ChannelPReLU({}), x);
}

function merge(main: SymbolicTensor, branch: SymbolicTensor): SymbolicTensor {
  return activate(apply(layers.add(), [main, branch]));
}

/** Figure 4a: a strided convolution beside a max-pool, 16 channels together. */
function initialBlock(x: SymbolicTensor): SymbolicTensor {
  const pooled = apply(layers.maxPooling2d({ poolSize: 2, strides: 2 }), x);
  return activate(normalize(apply(layers.concatenate(), [convolution(x, 16 - channelsOf(x), 3, 2), pooled])));
}

/** Figure 4b: 1×1 to a quarter of the channels, the main convolution, 1×1 back, dropout; added to the input. */
function bottleneck(x: SymbolicTensor, main: Main, dropout: number): SymbolicTensor {
  const inner = channelsOf(x) / 4;
  let branch = activate(normalize(convolution(x, inner, 1)));
  if (main === 'plain') branch = convolution(branch, inner, 3);
  else if (main === 'asymmetric') branch = convolution(convolution(branch, inner, [5, 1]), inner, [1, 5]);
  else branch = apply(new DilatedConvolution2D({ filters: inner, kernelSize: 3, dilationRate: main.dilation }), branch);
  branch = normalize(convolution(activate(normalize(branch)), channelsOf(x), 1));
  return merge(x, apply(new SpatialDropout2D({ rate: dropout }), branch));
}

function downsampling(x: SymbolicTensor, filters: number, dropout: number): SymbolicTensor {
  const inner = Math.max(4, Math.floor(channelsOf(x) / 4));
  const main = apply(new ChannelPadding({ channels: filters }), apply(layers.maxPooling2d({ poolSize: 2, strides: 2 }), x));
  let branch = activate(normalize(convolution(x, inner, 2, 2)));
  branch = activate(normalize(convolution(branch, inner, 3)));
  branch = normalize(convolution(branch, filters, 1));
  return merge(main, apply(new SpatialDropout2D({ rate: dropout }), branch));
}

function upsampling(x: SymbolicTensor, filters: number, dropout: number): SymbolicTensor {
  const inner = Math.max(4, filters / 4);
  const main = normalize(transposed(x, filters, 2));
  let branch = activate(normalize(convolution(x, inner, 1)));
  branch = activate(normalize(transposed(branch, inner, 3)));
  branch = normalize(convolution(branch, filters, 1));
  return merge(main, apply(new SpatialDropout2D({ rate: dropout }), branch));
}
