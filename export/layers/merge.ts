/**
 * Layers of several inputs: Add, Average, Maximum, Minimum, Multiply, Concatenate.
 *
 * Sizes of 1 are stretched on both sides alike. An input with fewer dimensions gets them before its own in TensorFlow.js,
 * so a vector meets an image as one pixel.
 * @module
 */
import type { GraphBuilder } from '../onnx/graph.ts';
import { onnxAxis } from './channels-first.ts';
import { type LayerCall, type LayerRule, unsupported } from './layer-call.ts';

/** Add. Engines fuse an `Add` with the convolution before it, and a `Sum` not. */
export const sum: LayerRule = (call, graph) =>
  graph.add(call.inputs.length === 2 ? 'Add' : 'Sum', `${call.name}/sum`, aligned(call, graph));

/** Average. */
export const average: LayerRule = (call, graph) => graph.add('Mean', `${call.name}/mean`, aligned(call, graph));

/** Maximum. */
export const maximum: LayerRule = (call, graph) => graph.add('Max', `${call.name}/max`, aligned(call, graph));

/** Minimum. */
export const minimum: LayerRule = (call, graph) => graph.add('Min', `${call.name}/min`, aligned(call, graph));

/** Multiply; ONNX multiplies two at a time. */
export const product: LayerRule = (call, graph) => {
  const [first, ...others] = aligned(call, graph) as [string, ...string[]];
  return others.reduce((value, other, n) => graph.add('Mul', `${call.name}/product-${n + 1}`, [value, other]), first);
};

/** Concatenate, along the channels or along the image. */
export const concatenation: LayerRule = (call, graph) => {
  const rank = call.output.spatial.length + 2;
  const option = Number(call.layer.getConfig().axis ?? -1);
  // What tfjs-layers computes is then not of the size that it says.
  if (option < -1) throw unsupported(call, `its axis is ${option}, which TensorFlow.js takes for the channels; count it from 0`);
  const axis = onnxAxis(option, rank);
  // tfjs-layers compares sizes only when it is built, where they may be free, and names those of the first input.
  const sizes = call.inputs.map(({ spatial, channels }) => [null, channels, ...spatial]);
  const others = Array.from({ length: rank }, (_, n) => n).filter((n) => n !== axis);
  const differ = others.some((n) => new Set(sizes.map((size) => size[n]).filter((size) => size !== null)).size > 1);
  if (differ || axis === 0) throw unsupported(call, 'its inputs differ in size');
  return graph.add(
    'Concat',
    `${call.name}/concatenation`,
    call.inputs.map(({ value }) => value),
    { axis },
  );
};

/** The inputs, all with as many dimensions as the one that has most. */
function aligned(call: LayerCall, graph: GraphBuilder): string[] {
  const { length } = call.output.spatial;
  return call.inputs.map(({ value, spatial }, n) => {
    const missing = Array.from({ length: length - spatial.length }, (_, axis) => axis + 2);
    if (missing.length === 0) return value;
    return graph.add('Unsqueeze', `${call.name}/input-${n + 1}`, [value, graph.integers(`${call.name}/axes-${n + 1}`, missing)]);
  });
}
