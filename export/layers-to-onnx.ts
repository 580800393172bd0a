/**
 * A TensorFlow.js layers model → ONNX operators in a graph: finds the calls of layers in order of computation, works
 * out their sizes and gives each to the rule of its class.
 *
 * Sizes are static: the fused stage resizes every slice to the network's grid before it, so padding can be explicit.
 * Rules and pitfalls: `export/layers/`, one file a family.
 * @module
 */
import type * as tfl from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../core/errors.ts';
import { activation, leakyRelu, prelu, relu, softmax } from './layers/activation.ts';
import { convolution, dilatedConvolution, transposedConvolution } from './layers/convolution.ts';
import { type FeatureMap, type LayerCall, type LayerRule, unsupported } from './layers/layer-call.ts';
import { concatenation, sum } from './layers/merge.ts';
import { batchNormalization, channelAffine, isNormalization } from './layers/normalization.ts';
import { averagePooling, maxPooling } from './layers/pooling.ts';
import { channelPadding, identity, zeroPadding } from './layers/shape.ts';
import { type ConnectedCall, traceCalls } from './layers/trace-calls.ts';
import type { GraphBuilder } from './onnx/graph.ts';

/** Class name of a layer → its rule. */
const RULES: Readonly<Record<string, LayerRule>> = {
  Activation: activation,
  Add: sum,
  AveragePooling2D: averagePooling,
  BatchNormalization: batchNormalization,
  ChannelPadding: channelPadding,
  ChannelPReLU: prelu,
  Concatenate: concatenation,
  Conv2D: convolution,
  Conv2DTranspose: transposedConvolution,
  DilatedConvolution2D: dilatedConvolution,
  Dropout: identity,
  FusedBatchNormalization: batchNormalization,
  GaussianNoise: identity,
  LeakyReLU: leakyRelu,
  MaxPooling2D: maxPooling,
  PReLU: prelu,
  ReLU: relu,
  Softmax: softmax,
  SpatialDropout2D: identity,
  ZeroPadding2D: zeroPadding,
};

/** Layers whose weights can take over a normalisation that follows them. */
const FOLDING_CLASSES: ReadonlySet<string> = new Set(['Conv2D', 'Conv2DTranspose', 'DilatedConvolution2D']);

/** What the network is fed: a float32 value [N, C, H, W] that is already in the graph. */
export type NetworkInput = FeatureMap;

/** Whether normalisations are folded into convolutions; unfolded graphs are for comparison. */
export interface LayersToOnnxOptions {
  readonly foldNormalizations?: boolean;
}

/**
 * Adds a network to a graph.
 * @param model - One input [N, H, W, C], one output [N, h, w, K]; weights are read from the current backend.
 * @param input - The value that the network reads, with its size.
 * @returns the value that the network gives, [N, K, h, w] float32.
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED`, naming the class and the place of the first layer without a rule.
 */
export function addNetwork(
  model: tfl.LayersModel,
  input: NetworkInput,
  graph: GraphBuilder,
  { foldNormalizations = true }: LayersToOnnxOptions = {},
): FeatureMap {
  const calls = traceCalls(model);
  const values = new Map<number, FeatureMap>();
  const folded = new Set<ConnectedCall>();
  const names = new Map<string, number>();
  calls.forEach((connected, position) => {
    const { layer, className } = connected;
    const place = `layer ${position + 1} of ${calls.length}`;
    const inputs = connected.inputIds.map((id) => values.get(id) as FeatureMap);
    if (className === 'InputLayer') {
      values.set(connected.outputId, checkedInput(layer.batchInputShape, input));
      return;
    }
    const rule = RULES[className];
    if (rule === undefined) throw unsupported({ className, layer, place }, 'there is no rule for its class');
    const call: LayerCall = {
      layer,
      className,
      name: uniqueName(layer.name, names),
      place,
      inputs,
      output: sizeOf(connected, inputs, place),
    };
    const next = foldNormalizations ? foldableNormalization(connected, calls) : undefined;
    if (next) folded.add(next);
    const value = folded.has(connected)
      ? (inputs[0] as FeatureMap).value
      : rule(next ? { ...call, foldedNormalization: channelAffine({ ...call, ...next }) } : call, graph);
    values.set(connected.outputId, { ...call.output, value });
  });
  return values.get((calls.at(-1) as ConnectedCall).outputId) as FeatureMap;
}

/** The normalisation that alone reads a linear convolution's output, if there is one. */
function foldableNormalization(connected: ConnectedCall, calls: readonly ConnectedCall[]): ConnectedCall | undefined {
  if (!FOLDING_CLASSES.has(connected.className) || (connected.layer.getConfig()['activation'] ?? 'linear') !== 'linear')
    return undefined;
  const readers = calls.filter(({ inputIds }) => inputIds.includes(connected.outputId));
  const [reader] = readers;
  return readers.length === 1 && reader && isNormalization(reader.className) ? reader : undefined;
}

function sizeOf({ layer, className }: ConnectedCall, inputs: readonly FeatureMap[], place: string): Omit<FeatureMap, 'value'> {
  const shapes = inputs.map(({ height, width, channels }) => [null, height, width, channels]);
  const shape = layer.computeOutputShape(shapes.length === 1 ? (shapes[0] as (number | null)[]) : shapes) as (number | null)[];
  const [, height, width, channels] = shape;
  if (shape.length !== 4 || !height || !width || !channels)
    throw unsupported({ className, layer, place }, 'its output is not a stack of images of known size');
  return { height, width, channels };
}

function checkedInput(shape: readonly (number | null)[] | undefined, input: NetworkInput): FeatureMap {
  const expected = [null, input.height, input.width, input.channels];
  const fits = shape?.length === 4 && shape.every((size, axis) => size === null || axis === 0 || size === expected[axis]);
  if (!fits) {
    throw new VoxwatchError(
      'EXPORT_UNSUPPORTED',
      `The network expects an input of ${shape?.slice(1).join(' × ')}; the stage gives ${expected.slice(1).join(' × ')}.`,
    );
  }
  return input;
}

function uniqueName(name: string, taken: Map<string, number>): string {
  const count = (taken.get(name) ?? 0) + 1;
  taken.set(name, count);
  return count === 1 ? name : `${name}:${count}`;
}
