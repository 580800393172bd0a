/**
 * Conv2D, DilatedConvolution2D and Conv2DTranspose → Conv and ConvTranspose.
 *
 * Kernels change from [rows, columns, in, out] to [out, in, rows, columns]; those of transposed convolutions, which
 * TensorFlow.js keeps as [rows, columns, out, in], to [in, out, rows, columns].
 * @module
 */
import type { GraphBuilder } from '../onnx/graph.ts';
import { addActivation } from './activation.ts';
import { type LayerCall, type LayerRule, pairOption, requireChannelsLast, singleInput, unsupported, weight } from './layer-call.ts';
import { addLinear, type LinearWeights, reorder } from './linear.ts';
import { paddingOption, type SlidingWindow, transposedPads, windowPads } from './padding.ts';

/** Conv2D, also strided or dilated or both ways asymmetric. */
export const convolution: LayerRule = (call, graph) => {
  requireChannelsLast(call);
  return addActivation(call, graph, addPlainConvolution(call, graph, paddingOption(call)));
};

/** Our DilatedConvolution2D: a Conv2D with `same` padding in all but name, no activation. */
export const dilatedConvolution: LayerRule = (call, graph) => addPlainConvolution(call, graph, 'same');

function addPlainConvolution(call: LayerCall, graph: GraphBuilder, padding: SlidingWindow['padding']): string {
  const window = pairOption(call, 'kernelSize');
  const dilations = pairOption(call, 'dilationRate');
  const weights = plainWeights(weight(call, 0));
  const input = singleInput(call);
  if (weights.dims[1] !== input.channels) throw unsupported(call, 'it convolves groups of channels');
  return addLinear('Conv', call, graph, {
    input: input.value,
    weights,
    bias: 1,
    attributes: {
      kernel_shape: window,
      strides: pairOption(call, 'strides'),
      dilations,
      ...windowPads(call, { window, padding, dilations }),
    },
  });
}

/** A kernel of [rows, columns, in, out] for Conv. */
export function plainWeights({ shape, data }: { shape: readonly number[]; data: Float32Array }): LinearWeights {
  const [rows, columns, input, output] = shape as [number, number, number, number];
  const dims = [output, input, rows, columns] as const;
  return {
    dims,
    kernel: reorder(data, (o, i, r, c) => ((r * columns + c) * input + i) * output + o, dims),
    channelOf: (position) => Math.floor(position / (input * rows * columns)),
  };
}

/** Conv2DTranspose. */
export const transposedConvolution: LayerRule = (call, graph) => {
  requireChannelsLast(call);
  const window = pairOption(call, 'kernelSize');
  if (pairOption(call, 'dilationRate').some((rate) => rate !== 1)) throw unsupported(call, 'it is dilated');
  const { shape, data } = weight(call, 0);
  const [rows, columns, output, input] = shape as [number, number, number, number];
  const dims = [input, output, rows, columns] as const;
  const value = addLinear('ConvTranspose', call, graph, {
    input: singleInput(call).value,
    weights: {
      dims,
      kernel: reorder(data, (i, o, r, c) => ((r * columns + c) * output + o) * input + i, dims),
      channelOf: (position) => Math.floor(position / (rows * columns)) % output,
    },
    bias: 1,
    attributes: { kernel_shape: window, strides: pairOption(call, 'strides'), ...transposedPads(call, window) },
  });
  return addActivation(call, graph, value);
};
