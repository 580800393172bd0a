/**
 * Dense: a matrix of [in, out] over the channels, at every pixel alike → Gemm for vectors, else a Conv of one pixel.
 * @module
 */
import { addActivation } from './activation.ts';
import { type LayerRule, requireFit, singleInput, weight } from './layer-call.ts';
import { addLinear, type LinearWeights } from './linear.ts';

export const dense: LayerRule = (call, graph) => {
  const input = singleInput(call);
  const { data } = weight(call, 0);
  const [rows, columns] = [input.channels, call.output.channels];
  requireFit(call, data.length === rows * columns);
  // Both operators take the kernel as [out, in]; Gemm is told to turn it round.
  const kernel = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let o = 0; o < columns; o++) kernel[o * rows + i] = data[i * columns + o] as number;
  const ones = input.spatial.map(() => 1);
  const weights: LinearWeights = { dims: [columns, rows, ...ones], kernel, channelOf: (position) => Math.floor(position / rows) };
  const [operator, attributes] =
    ones.length === 0 ? (['Gemm', { transB: 1 }] as const) : (['Conv', { kernel_shape: ones }] as const);
  return addActivation(call, graph, addLinear(operator, call, graph, { input: input.value, weights, bias: 1, attributes }));
};
