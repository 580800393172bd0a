/**
 * A TensorFlow.js layers model → ONNX operators in a graph: finds the calls of layers in order of computation, works
 * out their sizes and gives each to the rule of its class.
 *
 * Height and width may be left free where the network leaves them free; a fused stage fixes them, as it resizes every
 * slice to the network's grid. The batch is always free. Rules and pitfalls: `export/layers/`, one file a family.
 * @module
 */
import type * as tfl from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../core/errors.ts';
import { type ChannelAffine, type FeatureMap, type LayerCall, unsupported } from './layers/layer-call.ts';
import { channelAffine, isNormalization } from './layers/normalization.ts';
import { FOLDING_CLASSES, RULES } from './layers/rules.ts';
import { type ConnectedCall, traceCalls } from './layers/trace-calls.ts';
import type { GraphBuilder } from './onnx/graph.ts';

/** What the network is fed: a float32 value [N, C, H, W] that is already in the graph. */
export type NetworkInput = FeatureMap;

export interface LayersToOnnxOptions {
  /** Whether normalisations are folded into convolutions; unfolded graphs are for comparison. @defaultValue true */
  readonly foldNormalizations?: boolean;
  /** Whether images may have another size than the model was built with. @defaultValue false */
  readonly anyInputSize?: boolean;
}

/**
 * Adds a network to a graph.
 * @param model - One input [N, H, W, C], one output; weights are read from the current backend.
 * @param input - The value that the network reads, with its size.
 * @returns the value that the network gives, float32; for images [N, K, h, w].
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED`, naming the class and the place of the first layer that cannot be exported.
 */
export function addNetwork(
  model: tfl.LayersModel,
  input: NetworkInput,
  graph: GraphBuilder,
  { foldNormalizations = true, anyInputSize = false }: LayersToOnnxOptions = {},
): FeatureMap {
  const calls = traceCalls(model);
  const values = new Map<ConnectedCall, FeatureMap>();
  const folded = new Set<ConnectedCall>();
  const names = new Map<string, number>();
  calls.forEach((connected, position) => {
    const { layer, className, path } = connected;
    const place = `layer ${position + 1} of ${calls.length}`;
    if (className === 'InputLayer') {
      values.set(connected, checkedInput(layer.batchInputShape, input, { anyInputSize }));
      return;
    }
    const rule = RULES[className];
    if (rule === undefined) throw unsupported({ className, path, place }, 'there is no rule for its class');
    const inputs = connected.inputs.map((source) => values.get(source) as FeatureMap);
    const output = sizeOf(connected, inputs, place);
    const call: LayerCall = { layer, className, path, place, inputs, output, name: uniqueName(path, names) };
    const next = foldNormalizations ? foldableNormalization(connected, calls) : undefined;
    if (next) folded.add(next);
    const value = folded.has(connected)
      ? (inputs[0] as FeatureMap).value
      : rule(next ? { ...call, foldedNormalization: affineOf(next, call) } : call, graph);
    values.set(connected, { ...output, value });
  });
  return values.get(calls.at(-1) as ConnectedCall) as FeatureMap;
}

/** A normalisation as the call before it is to compute it. */
function affineOf({ layer, className, path }: ConnectedCall, call: LayerCall): ChannelAffine {
  return channelAffine({ ...call, layer, className, path });
}

/** The normalisation that alone reads a linear layer's output, if there is one. */
export function foldableNormalization(connected: ConnectedCall, calls: readonly ConnectedCall[]): ConnectedCall | undefined {
  if (!FOLDING_CLASSES.has(connected.className) || (connected.layer.getConfig().activation ?? 'linear') !== 'linear')
    return undefined;
  const readers = calls.filter(({ inputs }) => inputs.includes(connected));
  const [reader] = readers;
  return readers.length === 1 && reader && isNormalization(reader.className) ? reader : undefined;
}

function sizeOf(
  { layer, className, path }: ConnectedCall,
  inputs: readonly FeatureMap[],
  place: string,
): Omit<FeatureMap, 'value'> {
  // With a batch of one, as Reshape counts a free batch among the sizes that it cannot work out.
  const shapes = inputs.map(({ spatial, channels }) => [1, ...spatial, channels]);
  const isFree = inputs.some(({ spatial }) => spatial.includes(null));
  let shape: (number | null)[];
  try {
    shape = layer.computeOutputShape(shapes.length === 1 ? (shapes[0] as (number | null)[]) : shapes) as (number | null)[];
  } catch (cause) {
    throw unsupported({ className, path, place }, 'TensorFlow.js cannot tell the size of its output', cause);
  }
  // Some layers count with a free size as if it were 0.
  const sizes = shape.slice(1).map((size) => (size !== null && size > 0 ? size : null));
  const channels = sizes.pop();
  if (!channels || (!isFree && sizes.includes(null)))
    throw unsupported({ className, path, place }, `the size of its output is ${shape.slice(1).join(' × ') || 'not known'}`);
  return { spatial: sizes, channels };
}

function checkedInput(
  shape: readonly (number | null)[] | undefined,
  input: NetworkInput,
  { anyInputSize }: Required<Pick<LayersToOnnxOptions, 'anyInputSize'>>,
): FeatureMap {
  const given = [...input.spatial, input.channels];
  const built = shape?.slice(1) ?? [];
  const expected = anyInputSize ? built.map((size, axis) => (axis < built.length - 1 ? null : size)) : built;
  const fits = expected.length === given.length && expected.every((size, axis) => size === null || size === given[axis]);
  if (!fits) {
    throw new VoxwatchError(
      'EXPORT_UNSUPPORTED',
      `The network expects an input of ${sizeText(expected)}; the stage gives ${sizeText(given)}.`,
    );
  }
  return input;
}

function sizeText(sizes: readonly (number | null)[]): string {
  return sizes.map((size) => size ?? 'any').join(' × ');
}

function uniqueName(name: string, taken: Map<string, number>): string {
  const count = (taken.get(name) ?? 0) + 1;
  taken.set(name, count);
  return count === 1 ? name : `${name}:${count}`;
}
