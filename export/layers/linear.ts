/**
 * The operator of a layer that multiplies with a kernel and adds a bias: Conv, ConvTranspose, Gemm.
 *
 * A normalisation that follows is folded in: its scale into the kernel, its shift into the bias, in float64 and rounded
 * once.
 * @module
 */
import type { OnnxAttribute } from '../onnx/encode.ts';
import type { GraphBuilder } from '../onnx/graph.ts';
import { type LayerCall, weight } from './layer-call.ts';

/** A kernel in ONNX order, and which output channel each of its numbers belongs to. */
export interface LinearWeights {
  readonly dims: readonly number[];
  readonly kernel: Float32Array;
  readonly channelOf: (position: number) => number;
}

export interface LinearOperator {
  readonly input: string;
  readonly weights: LinearWeights;
  /** Place of the bias in the layer's list of weights, where it has one. */
  readonly bias: number;
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** Adds the operator that gives a layer's output before its activation. @returns its output. */
export function addLinear(
  operator: string,
  call: LayerCall,
  graph: GraphBuilder,
  { input, weights: { dims, kernel, channelOf }, bias: biasPlace, attributes }: LinearOperator,
): string {
  const { name, output, foldedNormalization: folded } = call;
  const hasBias = call.layer.weights.length > biasPlace;
  const bias = hasBias ? weight(call, biasPlace).data : new Float32Array(output.channels);
  const scaled = folded ? kernel.map((value, position) => value * (folded.scale[channelOf(position)] as number)) : kernel;
  const shifted = folded ? bias.map((value, c) => value * (folded.scale[c] as number) + (folded.shift[c] as number)) : bias;
  const inputs = [input, graph.floats(`${name}/kernel`, dims, scaled)];
  if (hasBias || folded) inputs.push(graph.floats(`${name}/bias`, [output.channels], shifted));
  return graph.add(operator, `${name}/${operator === 'Gemm' ? 'product' : 'convolution'}`, inputs, attributes);
}

/** The numbers of an array in another order of its four axes: `source` says where each one comes from. */
export function reorder(
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
