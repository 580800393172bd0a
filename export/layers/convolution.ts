/**
 * Conv2D, DilatedConvolution2D and Conv2DTranspose → Conv and ConvTranspose.
 *
 * Kernels change from [rows, columns, in, out] to [out, in, rows, columns]; those of transposed convolutions, which
 * TensorFlow.js keeps as [rows, columns, out, in], to [in, out, rows, columns]. A normalisation that follows is folded
 * in: its scale into the kernel, its shift into the bias, in float64 and rounded once.
 * @module
 */
import type { GraphBuilder } from '../onnx/graph.ts';
import { addActivation } from './activation.ts';
import { type LayerCall, type LayerRule, pairOption, requireOption, singleInput, unsupported, weight } from './layer-call.ts';
import { paddingOption, transposedPads, windowPads } from './padding.ts';

/** Conv2D, also strided or dilated or both ways asymmetric. */
export const convolution: LayerRule = (call, graph) => {
  requireOption(call, 'dataFormat', ['channelsLast', null]);
  return addActivation(call, graph, addPlainConvolution(call, graph, paddingOption(call)));
};

/** Our DilatedConvolution2D: a Conv2D with `same` padding in all but name, no activation. */
export const dilatedConvolution: LayerRule = (call, graph) => addPlainConvolution(call, graph, 'same');

function addPlainConvolution(call: LayerCall, graph: GraphBuilder, padding: 'valid' | 'same'): string {
  const window = pairOption(call, 'kernelSize');
  const dilations = pairOption(call, 'dilationRate');
  const { shape, data } = weight(call, 0);
  const [rows, columns, input, output] = shape as [number, number, number, number];
  if (input !== singleInput(call).channels) throw unsupported(call, 'it convolves groups of channels');
  return addConvolution('Conv', call, graph, {
    dims: [output, input, rows, columns],
    kernel: reorder(data, (o, i, r, c) => ((r * columns + c) * input + i) * output + o, [output, input, rows, columns]),
    channelOf: (position) => Math.floor(position / (input * rows * columns)),
    attributes: {
      kernel_shape: window,
      strides: pairOption(call, 'strides'),
      dilations,
      pads: windowPads(call, { window, padding, dilations }),
    },
  });
}

/** Conv2DTranspose. */
export const transposedConvolution: LayerRule = (call, graph) => {
  requireOption(call, 'dataFormat', ['channelsLast', null]);
  const kernel = pairOption(call, 'kernelSize');
  if (pairOption(call, 'dilationRate').some((rate) => rate !== 1)) throw unsupported(call, 'it is dilated');
  const { shape, data } = weight(call, 0);
  const [rows, columns, output, input] = shape as [number, number, number, number];
  const { pads, outputPadding } = transposedPads(call, kernel);
  const value = addConvolution('ConvTranspose', call, graph, {
    dims: [input, output, rows, columns],
    kernel: reorder(data, (i, o, r, c) => ((r * columns + c) * output + o) * input + i, [input, output, rows, columns]),
    channelOf: (position) => Math.floor(position / (rows * columns)) % output,
    attributes: { kernel_shape: kernel, strides: pairOption(call, 'strides'), pads, output_padding: outputPadding },
  });
  return addActivation(call, graph, value);
};

/** A kernel in ONNX order, and which output channel each of its numbers belongs to. */
interface ConvolutionParts {
  readonly dims: readonly number[];
  readonly kernel: Float32Array;
  readonly channelOf: (position: number) => number;
  readonly attributes: Readonly<Record<string, readonly number[]>>;
}

function addConvolution(operator: string, call: LayerCall, graph: GraphBuilder, parts: ConvolutionParts): string {
  const { name, output, foldedNormalization: folded } = call;
  const hasBias = call.layer.weights.length > 1;
  const bias = hasBias ? weight(call, 1).data : new Float32Array(output.channels);
  const kernel = folded
    ? parts.kernel.map((value, position) => value * (folded.scale[parts.channelOf(position)] as number))
    : parts.kernel;
  const shifted = folded ? bias.map((value, c) => value * (folded.scale[c] as number) + (folded.shift[c] as number)) : bias;
  const inputs = [singleInput(call).value, graph.floats(`${name}/kernel`, parts.dims, kernel)];
  if (hasBias || folded) inputs.push(graph.floats(`${name}/bias`, [output.channels], shifted));
  return graph.add(operator, `${name}/convolution`, inputs, parts.attributes);
}

/** The numbers of an array in another order of its four axes: `source` says where each one comes from. */
function reorder(
  data: Float32Array,
  source: (a: number, b: number, c: number, d: number) => number,
  dims: readonly [number, number, number, number],
): Float32Array {
  const out = new Float32Array(data.length);
  let at = 0;
  for (let a = 0; a < dims[0]; a++)
    for (let b = 0; b < dims[1]; b++)
      for (let c = 0; c < dims[2]; c++) for (let d = 0; d < dims[3]; d++) out[at++] = data[source(a, b, c, d)] as number;
  return out;
}
