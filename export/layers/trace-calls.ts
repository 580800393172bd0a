/**
 * A TensorFlow.js layers model → the calls of its layers, each after those whose output it reads.
 *
 * Source: tfjs-layers `topology.ts`: a layer keeps one node a call; every symbolic tensor knows the layer and the node
 * that it comes from. So shared layers and layers with several inputs need no special care.
 * @module
 */
import type * as tfl from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../../core/errors.ts';
import type { Layer } from './layer-call.ts';

/** One call of a layer. Ids are those of the symbolic tensors it reads and gives. */
export interface ConnectedCall {
  readonly layer: Layer;
  readonly className: string;
  readonly inputIds: readonly number[];
  readonly outputId: number;
}

/**
 * Orders the calls that the model's output needs; the last one gives it.
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED` for a model or layer with several outputs, or a model with several inputs.
 */
export function traceCalls(model: tfl.LayersModel): ConnectedCall[] {
  const [output] = model.outputs;
  if (output === undefined || model.outputs.length !== 1 || model.inputs.length !== 1) {
    throw new VoxwatchError(
      'EXPORT_UNSUPPORTED',
      `A stage's network has one input and one output; this one has ${model.inputs.length} and ${model.outputs.length}.`,
    );
  }
  const calls: ConnectedCall[] = [];
  const visited = new Set<number>();
  const visit = (tensor: tfl.SymbolicTensor): void => {
    if (visited.has(tensor.id)) return;
    visited.add(tensor.id);
    const layer = tensor.sourceLayer;
    const className = layer.getClassName();
    const node = layer.inboundNodes[tensor.nodeIndex ?? 0];
    if (node === undefined || node.outputTensors.length !== 1) {
      throw new VoxwatchError(
        'EXPORT_UNSUPPORTED',
        `The layer ${className} (${layer.name}) has several outputs and cannot be exported.`,
      );
    }
    // The node of an input layer lists the input as its own source.
    const inputs = className === 'InputLayer' ? [] : node.inputTensors;
    for (const input of inputs) visit(input);
    calls.push({ layer, className, inputIds: inputs.map(({ id }) => id), outputId: tensor.id });
  };
  visit(output);
  return calls;
}
