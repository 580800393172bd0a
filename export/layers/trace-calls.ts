/**
 * A TensorFlow.js layers model → the calls of its layers, each after those whose output it reads.
 *
 * Source: tfjs-layers `topology.ts`: a layer keeps one node a call; every symbolic tensor knows the layer and the node
 * that it comes from. So shared layers and layers with several inputs need no special care. A model that is used as a
 * layer is walked through as if its layers stood in its place, once a call.
 * @module
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../../core/errors.ts';
import type { Layer } from './layer-call.ts';

/** One call of a layer. */
export interface ConnectedCall {
  readonly layer: Layer;
  readonly className: string;
  /** The layer's name with those of the models that it is nested in: `encoder/conv1`. */
  readonly path: string;
  /** The calls whose outputs it reads. */
  readonly inputs: readonly ConnectedCall[];
}

/** One call of a model: where its layers' paths begin, and which call gives each symbolic tensor that is known so far. */
interface Scope {
  readonly path: string;
  readonly givers: Map<number, ConnectedCall>;
}

/**
 * Orders the calls that the model's output needs; the last one gives it.
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED` for a layer with several outputs, or a model with several inputs or outputs.
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
  const giverOf = (tensor: tfl.SymbolicTensor, scope: Scope): ConnectedCall => {
    const known = scope.givers.get(tensor.id);
    if (known) return known;
    const giver = newGiver(tensor, scope);
    scope.givers.set(tensor.id, giver);
    return giver;
  };
  const newGiver = (tensor: tfl.SymbolicTensor, scope: Scope): ConnectedCall => {
    const layer = tensor.sourceLayer;
    const className = layer.getClassName();
    const path = `${scope.path}${layer.name}`;
    const node = layer.inboundNodes[tensor.nodeIndex ?? 0];
    // The node of an input layer lists the input as its own source.
    const sources = className === 'InputLayer' ? [] : (node?.inputTensors ?? []);
    const inputs = sources.map((source) => giverOf(source, scope));
    if (layer instanceof tfl.LayersModel) {
      const givers = new Map(layer.inputs.map(({ id }, index) => [id, inputs[index] as ConnectedCall]));
      return giverOf(layer.outputs[tensor.outputTensorIndex ?? 0] as tfl.SymbolicTensor, { path: `${path}/`, givers });
    }
    if (node?.outputTensors.length !== 1)
      throw new VoxwatchError('EXPORT_UNSUPPORTED', `The layer ${className} (${path}) has several outputs and cannot be exported.`);
    const call = { layer, className, path, inputs };
    calls.push(call);
    return call;
  };
  giverOf(output, { path: '', givers: new Map() });
  return calls;
}
