/**
 * Flatten, Reshape and Permute. They mean TensorFlow.js's order of numbers, channels last; where that differs from ours,
 * and only there, transposes stand round them.
 * @module
 */
import type { GraphBuilder } from '../onnx/graph.ts';
import { onnxAxis } from './channels-first.ts';
import { type FeatureMap, type LayerCall, type LayerRule, requireChannelsLast, singleInput, unsupported } from './layer-call.ts';

/** Flatten: an image becomes a vector of all its numbers. */
export const flattening: LayerRule = (call, graph) => {
  requireChannelsLast(call);
  return addReshape(call, graph);
};

/** Reshape. */
export const reshaping: LayerRule = (call, graph) => addReshape(call, graph);

/** Permute; its option holds axes of the input, from 1 on. */
export const permutation: LayerRule = (call, graph) => {
  const dims = call.layer.getConfig().dims as number[];
  const rank = dims.length + 1;
  const perm = Array.from({ length: rank }, () => 0);
  dims.forEach((from, index) => {
    perm[onnxAxis(index + 1, rank)] = onnxAxis(from, rank);
  });
  return addTranspose(graph, `${call.name}/permuted`, { value: singleInput(call).value, perm });
};

type Size = Omit<FeatureMap, 'value'>;

function addReshape(call: LayerCall, graph: GraphBuilder): string {
  const { name, output } = call;
  const { value, ...input } = singleInput(call);
  if (output.spatial.includes(null)) throw unsupported(call, 'the size of its input is not known');
  // With the same channels, pixels keep their order on both sides; else the numbers are brought into theirs.
  const isMixed = input.channels !== output.channels;
  const inTheirs =
    isMixed && !hasOneOrder(input) ? addTranspose(graph, `${name}/channels-last`, { value, perm: lastPerm(input) }) : value;
  const isTurned = isMixed && !hasOneOrder(output);
  const sizes = output.spatial as readonly number[];
  const shape = isTurned ? [...sizes, output.channels] : [output.channels, ...sizes];
  // A 0 is the size that comes in: the batch.
  const reshaped = graph.add('Reshape', `${name}/reshaped`, [inTheirs, graph.integers(`${name}/shape`, [0, ...shape])]);
  return isTurned ? addTranspose(graph, `${name}/channels-first`, { value: reshaped, perm: firstPerm(output) }) : reshaped;
}

/** Whether channels last and channels first are the same order: with one channel, or one pixel. */
function hasOneOrder({ spatial, channels }: Size): boolean {
  return channels === 1 || spatial.every((size) => size === 1);
}

/** [N, C, ...spatial] → [N, ...spatial, C]. */
function lastPerm({ spatial }: Size): number[] {
  return [0, ...spatial.map((_, axis) => axis + 2), 1];
}

/** [N, ...spatial, C] → [N, C, ...spatial]. */
function firstPerm({ spatial }: Size): number[] {
  return [0, spatial.length + 1, ...spatial.map((_, axis) => axis + 1)];
}

function addTranspose(graph: GraphBuilder, name: string, { value, perm }: { value: string; perm: readonly number[] }): string {
  return perm.every((from, to) => from === to) ? value : graph.add('Transpose', name, [value], { perm });
}
