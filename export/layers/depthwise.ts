/**
 * DepthwiseConv2D and SeparableConv2D → Conv with a group a channel, and for the latter a 1×1 Conv after it.
 *
 * Kernels change from [rows, columns, in, multiplier] to [in · multiplier, 1, rows, columns]; the outputs of one input
 * channel stand beside each other on both sides.
 * @module
 */
import type { GraphBuilder } from '../onnx/graph.ts';
import { addActivation } from './activation.ts';
import { plainWeights } from './convolution.ts';
import { type LayerCall, type LayerRule, pairOption, requireChannelsLast, singleInput, weight } from './layer-call.ts';
import { addLinear, type LinearOperator, reorder } from './linear.ts';
import { paddingOption, windowPads } from './padding.ts';

/** DepthwiseConv2D. tfjs-layers 4.22 keeps its `dilationRate` and computes without it; so do we. */
export const depthwiseConvolution: LayerRule = (call, graph) => {
  requireChannelsLast(call);
  const value = addLinear('Conv', call, graph, { ...depthwise(call, [1, 1]), bias: 1 });
  return addActivation(call, graph, value);
};

/** SeparableConv2D. */
export const separableConvolution: LayerRule = (call, graph) => {
  requireChannelsLast(call);
  const value = addLinear('Conv', call, graph, {
    input: addDepthwise(call, graph),
    weights: plainWeights(weight(call, 1)),
    bias: 2,
    attributes: { kernel_shape: [1, 1] },
  });
  return addActivation(call, graph, value);
};

function addDepthwise(call: LayerCall, graph: GraphBuilder): string {
  const { input, weights, attributes } = depthwise(call, pairOption(call, 'dilationRate'));
  const kernel = graph.floats(`${call.name}/depthwise-kernel`, weights.dims, weights.kernel);
  return graph.add('Conv', `${call.name}/depthwise`, [input, kernel], attributes);
}

function depthwise(call: LayerCall, dilations: readonly [number, number]): Omit<LinearOperator, 'bias'> {
  const window = pairOption(call, 'kernelSize');
  const { shape, data } = weight(call, 0);
  const [rows, columns, channels, multiplier] = shape as [number, number, number, number];
  const output = channels * multiplier;
  const dims = [output, 1, rows, columns] as const;
  return {
    input: singleInput(call).value,
    weights: {
      dims,
      kernel: reorder(data, (o, _, r, c) => (r * columns + c) * output + o, dims),
      channelOf: (position) => Math.floor(position / (rows * columns)),
    },
    attributes: {
      kernel_shape: window,
      strides: pairOption(call, 'strides'),
      dilations,
      group: channels,
      ...windowPads(call, { window, padding: paddingOption(call), dilations }),
    },
  };
}
