/**
 * What a layer rule is given: one call of a TensorFlow.js layer, with its sizes and its weights at hand.
 *
 * TensorFlow.js computes channels last ([N, H, W, C]), ONNX channels first ([N, C, H, W]). Rules give operators that are
 * channels first from the start, so the graph holds no transposes but those of layers that move channels themselves.
 * @module
 */
import type * as tfl from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../../core/errors.ts';
import type { GraphBuilder } from '../onnx/graph.ts';

export type Layer = tfl.layers.Layer;

/** A value between two layers: [N, channels, ...spatial] in ONNX, [N, ...spatial, channels] in TensorFlow.js. */
export interface FeatureMap {
  /** Its name in the ONNX graph. */
  readonly value: string;
  /** [height, width] of images, nothing for vectors; `null` where a size is known only when the graph runs. */
  readonly spatial: readonly (number | null)[];
  readonly channels: number;
}

/** `y = scale · x + shift`, channel by channel, float64. */
export interface ChannelAffine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** One call of a layer; a layer that is called twice gives two of them. */
export interface LayerCall {
  readonly layer: Layer;
  readonly className: string;
  /** The layer's name with those of the models that it is nested in: `encoder/conv1`. */
  readonly path: string;
  /** Its path made unique in the graph: the stem of the names that its operators get. */
  readonly name: string;
  /** Where the layer stands, for people: `layer 7 of 120`. */
  readonly place: string;
  readonly inputs: readonly FeatureMap[];
  /** Size of the output; its value's name is what the rule returns. */
  readonly output: Omit<FeatureMap, 'value'>;
  /** A normalisation that follows directly and is to be computed by this layer's weights (convolutions only). */
  readonly foldedNormalization?: ChannelAffine;
}

/** Adds a layer's operators to a graph. @returns the name of its output value. */
export type LayerRule = (call: LayerCall, graph: GraphBuilder) => string;

/** The only input of a layer that takes one. */
export function singleInput(call: LayerCall): FeatureMap {
  const [input] = call.inputs;
  if (input === undefined || call.inputs.length !== 1) throw unsupported(call, `it has ${call.inputs.length} inputs`);
  return input;
}

/** A weight by its place in the layer's list; its values are copied off the backend. */
export function weight(call: LayerCall, index: number): { shape: readonly number[]; data: Float32Array } {
  const variable = call.layer.weights[index];
  if (variable === undefined) throw unsupported(call, `it has ${call.layer.weights.length} weights`);
  const tensor = variable.read();
  return { shape: tensor.shape, data: new Float32Array(tensor.dataSync()) };
}

/** A number or a pair of them in a layer's configuration, as [rows, columns]. */
export function pairOption(call: LayerCall, key: string, absent = 1): readonly [rows: number, columns: number] {
  const value = call.layer.getConfig()[key] ?? absent;
  const [rows, columns] = Array.isArray(value) ? value : [value, value];
  if (!Number.isInteger(rows) || !Number.isInteger(columns)) throw unsupported(call, `its ${key} is not a pair of whole numbers`);
  return [rows, columns] as [number, number];
}

/** Refuses a layer whose option has a value that the rule does not know. An absent option has the first value. */
export function requireOption(call: LayerCall, key: string, values: readonly (string | boolean | number | null)[]): string {
  const value = call.layer.getConfig()[key] ?? values[0];
  if (!values.some((known) => known === value)) throw unsupported(call, `its ${key} is ${JSON.stringify(value)}`);
  return String(value);
}

/** Refuses a layer of channels first: TensorFlow.js itself transposes round it, and its sizes are in another order. */
export function requireChannelsLast(call: LayerCall): void {
  requireOption(call, 'dataFormat', ['channelsLast', null]);
}

/** Refuses weights that were made for an image of another size. */
export function requireFit(call: LayerCall, fits: boolean): void {
  if (!fits) throw unsupported(call, 'its weights are for an input of another size');
}

/** What an error says of a layer. */
type NamedLayer = Pick<LayerCall, 'className' | 'path' | 'place'>;

/** The error for a layer that has no ONNX counterpart here. */
export function unsupported({ className, path, place }: NamedLayer, why: string, cause?: unknown): VoxwatchError {
  return new VoxwatchError(
    'EXPORT_UNSUPPORTED',
    `The layer ${className} (${path}, ${place}) cannot be exported: ${why}.`,
    { className, layer: path, place },
    cause,
  );
}
