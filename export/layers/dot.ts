/**
 * Dot of two sequences [N, T, C] → MatMul. Attention over a grid that was reshaped to a sequence is made of it.
 *
 * TensorFlow.js computes `A · B`, each transposed where its axis asks for it. Our values are channels first, which is the
 * transpose of each; so `B · A` of ours is the transpose of theirs, as it should be.
 * @module
 */
import type { GraphBuilder } from '../onnx/graph.ts';
import { type FeatureMap, type LayerCall, type LayerRule, unsupported } from './layer-call.ts';

/** Dimensions of a sequence, with the batch. */
const RANK = 3;

export const dot: LayerRule = (call, graph) => {
  const { axes, normalize } = call.layer.getConfig();
  const [left, right] = call.inputs as [FeatureMap, FeatureMap];
  if (left.spatial.length !== 1 || right.spatial.length !== 1) throw unsupported(call, 'its inputs are not sequences');
  if (normalize) throw unsupported(call, 'it normalises its inputs');
  const pair = (Array.isArray(axes) ? axes : [axes, axes]) as [number, number];
  const [leftAxis, rightAxis] = pair.map((axis) => (axis < 0 ? axis + RANK : axis));
  if (!leftAxis || !rightAxis) throw unsupported(call, 'it multiplies along the batch');
  const a = addOperand(call, graph, { name: 'left', value: left.value, isTransposed: leftAxis !== RANK - 1 });
  const b = addOperand(call, graph, { name: 'right', value: right.value, isTransposed: rightAxis === RANK - 1 });
  return graph.add('MatMul', `${call.name}/product`, [b, a]);
};

interface Operand {
  readonly name: string;
  readonly value: string;
  readonly isTransposed: boolean;
}

function addOperand(call: LayerCall, graph: GraphBuilder, { name, value, isTransposed }: Operand): string {
  return isTransposed ? graph.add('Transpose', `${call.name}/${name}`, [value], { perm: [0, 2, 1] }) : value;
}
