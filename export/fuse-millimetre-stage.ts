/**
 * A trained network that works in millimetres → one ONNX graph from raw HU to probabilities on the network's grid.
 *
 * hu → float → antialiased resize to `size` → padding with air to whole multiples → intensities → network → softmax → the
 * classes of each output added up → cut back to `size` → uint8. The contract is design.md §2: inputs `hu` [N, 1, H, W] and
 * `size` [2] (height, width), output `probabilities` [N, K, h, w], all sizes free. Judging them in three dimensions and
 * the way back to the slice are the runtime's.
 * @module
 */
import type * as tfl from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../core/errors.ts';
import type { MillimetreGrid } from '../core/millimetre-stage.ts';
import { channelsOf, type Intensity } from '../preprocess/intensity/intensity.ts';
import { CERTAIN, PADDING_HU } from '../preprocess/millimetre-grid.ts';
import { addAnySizeNetwork } from './any-size-network.ts';
import { PRODUCER_NAME } from './fuse-stage.ts';
import { addIntensity } from './intensity-graph.ts';
import { ELEMENT_TYPES, encodeModel, type OnnxValue } from './onnx/encode.ts';
import { GraphBuilder } from './onnx/graph.ts';
import { withStoredHalves } from './onnx/stored-halves.ts';

/** Axes of [N, C, H, W] that are resized, padded and cut. */
const IMAGE_AXES = [2, 3] as const;

export interface MillimetreStageGraphInput {
  /** One input [N, h, w, C], one output: logits [N, h, w, classes]; whatever size it was built with. */
  readonly model: tfl.LayersModel;
  readonly intensity: Intensity;
  readonly grid: Pick<MillimetreGrid, 'multipleOf' | 'outputs'>;
  readonly softwareVersion: string;
  /** Facts to be stored in the file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** int16 is what volumes are made of; WebGPU refuses it and takes int32. */
  readonly inputType: 'int16' | 'int32';
  /** `probabilities` for bundles; `probabilities-and-logits` adds `logits` of the padded grid for parity. */
  readonly outputs: 'probabilities' | 'probabilities-and-logits';
}

/**
 * Bytes of a stage's `.onnx` file; the same weights and facts always give the same bytes.
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED` for a network that cannot be exported for any size, or intensities that
 *   depend on more than the pixel; `INVALID_ARGUMENT` for an output of a class that the network does not tell.
 */
export function fuseMillimetreStage(stage: MillimetreStageGraphInput): Uint8Array {
  const { model, intensity, grid } = stage;
  requirePixelwise(intensity);
  const graph = new GraphBuilder();
  const padded = addPadding(graph, addResized(graph), grid.multipleOf);
  // The schemes that are left need no size of a slice.
  const value = addIntensity(graph, padded, intensity, [0, 0]);
  const logits = addAnySizeNetwork(model, { value, channels: channelsOf(intensity), multipleOf: grid.multipleOf }, graph);
  addProbabilities(graph, logits, grid.outputs);
  const outputs: OnnxValue[] = [{ name: 'probabilities', elementType: 'uint8', dims: ['N', grid.outputs.length, 'h', 'w'] }];
  if (stage.outputs === 'probabilities-and-logits') {
    graph.add('Identity', 'logits', [logits.value]);
    outputs.push({ name: 'logits', elementType: 'float32', dims: ['N', logits.channels, 'padded-h', 'padded-w'] });
  }
  return encodeModel({
    graphName: 'stage',
    producerName: PRODUCER_NAME,
    producerVersion: stage.softwareVersion,
    ...withStoredHalves(graph),
    inputs: [
      { name: 'hu', elementType: stage.inputType, dims: ['N', 1, 'H', 'W'] },
      { name: 'size', elementType: 'int64', dims: [2] },
    ],
    outputs,
    metadata: stage.metadata,
  });
}

/** Padding stands beside every slice: a scheme that looked at it would give each slice other numbers than without. */
function requirePixelwise(intensity: Intensity): void {
  const isPixelwise =
    intensity.scheme === 'standardise' ||
    intensity.scheme === 'as-stored' ||
    (intensity.scheme === 'windows' && intensity.equalizedBins === 0);
  if (isPixelwise) return;
  throw new VoxwatchError(
    'EXPORT_UNSUPPORTED',
    `A stage in millimetres cannot have ${intensity.scheme} intensities that depend on more than the pixel's own HU: its slices have no fixed size.`,
  );
}

/** From `hu` [N, 1, H, W] to float32 on the network's grid [N, 1, h, w]; `preprocess/resize-antialiased.ts` is its twin. */
function addResized(graph: GraphBuilder): string {
  const float = graph.add('Cast', 'input/float', ['hu'], { to: ELEMENT_TYPES.float32 });
  return graph.add('Resize', 'input/resized', [float, '', '', 'size'], {
    axes: IMAGE_AXES,
    antialias: 1,
    coordinate_transformation_mode: 'half_pixel',
    mode: 'linear',
  });
}

/** Air at the right and the bottom, up to whole multiples. ONNX's Mod has the sign of its divisor, so −5 mod 16 is 11. */
function addPadding(graph: GraphBuilder, value: string, multipleOf: number): string {
  const negative = graph.add('Neg', 'input/minus-size', ['size']);
  const missing = graph.add('Mod', 'input/missing', [negative, graph.integers('input/multiple', [multipleOf])]);
  const pads = graph.add('Concat', 'input/pads', [graph.integers('input/no-pads-before', [0, 0]), missing], { axis: 0 });
  const axes = graph.integers('input/image-axes', IMAGE_AXES);
  return graph.add('Pad', 'input/padded', [value, pads, graph.scalar('input/air', PADDING_HU), axes]);
}

/** From logits on the padded grid to `probabilities` [N, K, h, w]. One logit is a sigmoid's, for class 1. */
function addProbabilities(
  graph: GraphBuilder,
  logits: { readonly value: string; readonly channels: number },
  outputs: MillimetreGrid['outputs'],
): void {
  const isSigmoid = logits.channels === 1;
  const shares = isSigmoid ? graph.add('Sigmoid', 'output/shares', [logits.value]) : addSoftmax(graph, logits.value);
  const sums = outputs.map(({ classes }, k) => {
    const channels = channelsOfClasses(classes, logits.channels);
    const own = graph.add('Gather', `output/${k + 1}/classes`, [shares, graph.integers(`output/${k + 1}/channels`, channels)], {
      axis: 1,
    });
    if (channels.length === 1) return own;
    const axis = graph.integers(`output/${k + 1}/channel-axis`, [1]);
    return graph.add('ReduceSum', `output/${k + 1}/sum`, [own, axis], { keepdims: 1 });
  });
  const all = sums.length === 1 ? (sums[0] as string) : graph.add('Concat', 'output/all', sums, { axis: 1 });
  const bounds = [graph.integers('output/first', [0, 0]), 'size', graph.integers('output/image-axes', IMAGE_AXES)];
  const cut = graph.add('Slice', 'output/cut', [all, ...bounds]);
  const scaled = graph.add('Mul', 'output/scaled', [cut, graph.scalar('output/certain', CERTAIN)]);
  // A cast cuts what stands behind the point.
  const rounded = graph.add('Add', 'output/rounded', [scaled, graph.scalar('output/half', 0.5)]);
  graph.add('Cast', 'probabilities', [rounded], { to: ELEMENT_TYPES.uint8 });
}

/**
 * Shares of the channels. Operator by operator: ONNX Runtime's own Softmax turns the channels to the end and back, which takes a
 * tenth of a small network's time on a CPU; the numbers are the same.
 */
function addSoftmax(graph: GraphBuilder, logits: string): string {
  const axis = graph.integers('output/class-axis', [1]);
  const largest = graph.add('ReduceMax', 'output/largest', [logits, axis], { keepdims: 1 });
  const powers = graph.add('Exp', 'output/powers', [graph.add('Sub', 'output/below-largest', [logits, largest])]);
  const total = graph.add('ReduceSum', 'output/total', [powers, axis], { keepdims: 1 });
  return graph.add('Div', 'output/shares', [powers, total]);
}

/**
 * The logits' channels of an output's classes.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` for a class that the network does not tell.
 */
export function channelsOfClasses(classes: readonly number[], channels: number): number[] {
  const told = Math.max(2, channels) - 1;
  const unknown = classes.find((value) => value > told);
  if (unknown !== undefined) {
    throw new VoxwatchError(
      'INVALID_ARGUMENT',
      `An output of a stage adds up class ${unknown}; its network tells the classes 1 to ${told}.`,
    );
  }
  return classes.map((value) => (channels === 1 ? value - 1 : value));
}
