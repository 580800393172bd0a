/**
 * A trained network and its statistics → one ONNX graph from raw HU to labels, both on the slice's own grid.
 *
 * hu → float → resize to the network's grid → clamp → (x − mean) / standard deviation → network → arg-max → uint8 →
 * resize back. The contract is design.md §2: input `hu` [N, 1, H, W], output `labels` uint8 [N, 1, H, W], where N, H
 * and W are free. `preprocess/` does the same in TypeScript, and `export/parity.ts` holds the two together.
 * @module
 */
import type * as tfl from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../core/errors.ts';
import { channelsOf, type Intensity } from '../preprocess/intensity/intensity.ts';
import { addIntensity } from './intensity-graph.ts';
import { addNetwork } from './layers-to-onnx.ts';
import { ELEMENT_TYPES, encodeModel, type OnnxValue } from './onnx/encode.ts';
import { GraphBuilder } from './onnx/graph.ts';
import { withStoredHalves } from './onnx/stored-halves.ts';

/** Name and version that files are stamped with. */
export const PRODUCER_NAME = 'voxwatch';

export interface StageGraphInput {
  /** One input [N, h, w, 1] on the statistics' grid, one output: logits [N, h, w, C]. */
  readonly model: tfl.LayersModel;
  readonly intensity: Intensity;
  /** The network's own grid, `[width, height]`. */
  readonly gridPixels: readonly [width: number, height: number];
  readonly softwareVersion: string;
  /** Facts to be stored in the file: bundle, stage, labels, intensity. */
  readonly metadata: Readonly<Record<string, string>>;
  /** int16 is what volumes are made of; WebGPU refuses it and takes int32. */
  readonly inputType: 'int16' | 'int32';
  /** `labels` for bundles; `labels-and-logits` adds `logits` [N, C, h, w] for parity. */
  readonly outputs: 'labels' | 'labels-and-logits';
}

/** Axes of [N, C, H, W] that are resized. */
const IMAGE_AXES = [2, 3] as const;

/** The pixel grid of both resizes: see `preprocess/resize.ts`, which says why. */
const RESIZE = { axes: IMAGE_AXES, coordinate_transformation_mode: 'half_pixel' } as const;

/**
 * Bytes of a stage's `.onnx` file; the same weights and facts always give the same bytes.
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED` for a network that cannot be exported, `INVALID_ARGUMENT` for
 *   statistics that do not fit their grid.
 */
export function fuseStage(stage: StageGraphInput): Uint8Array {
  const { model, intensity, gridPixels, metadata, inputType, softwareVersion } = stage;
  const [width, height] = gridPixels;
  const graph = new GraphBuilder();
  const input = addIntensity(graph, addResized(graph, gridPixels), intensity, gridPixels);
  const logits = addNetwork(model, { value: input, spatial: [height, width], channels: channelsOf(intensity) }, graph);
  if (logits.spatial.join() !== [height, width].join()) {
    const found = logits.spatial.length === 0 ? 'the whole slice' : logits.spatial.toReversed().join(' × ');
    throw new VoxwatchError(
      'EXPORT_UNSUPPORTED',
      `A stage's network gives logits for each pixel of its ${width} × ${height} grid; this one gives ${logits.channels} on ${found}.`,
    );
  }
  addLabels(graph, logits.value, logits.channels);
  const outputs: OnnxValue[] = [{ name: 'labels', elementType: 'uint8', dims: ['N', 1, 'H', 'W'] }];
  if (stage.outputs === 'labels-and-logits') {
    graph.add('Identity', 'logits', [logits.value]);
    outputs.push({ name: 'logits', elementType: 'float32', dims: ['N', logits.channels, height, width] });
  }
  return encodeModel({
    graphName: 'stage',
    producerName: PRODUCER_NAME,
    producerVersion: softwareVersion,
    ...withStoredHalves(graph),
    inputs: [{ name: 'hu', elementType: inputType, dims: ['N', 1, 'H', 'W'] }],
    outputs,
    metadata,
  });
}

/** From `hu` [N, 1, H, W] to float32 on the network's grid [N, 1, h, w]. */
function addResized(graph: GraphBuilder, [width, height]: readonly [number, number]): string {
  const float = graph.add('Cast', 'input/float', ['hu'], { to: ELEMENT_TYPES.float32 });
  const grid = graph.integers('input/grid', [height, width]);
  return graph.add('Resize', 'input/resized', [float, '', '', grid], { ...RESIZE, mode: 'linear' });
}

/**
 * From logits [N, C, h, w] to `labels` [N, 1, H, W]. Of equal logits the first wins; one channel is a sigmoid's, whose
 * probability is above 0.5 where the logit is above 0.
 */
function addLabels(graph: GraphBuilder, logits: string, channels: number): void {
  const chosen =
    channels === 1
      ? graph.add('Greater', 'output/foreground', [logits, graph.scalar('output/threshold', 0)])
      : graph.add('ArgMax', 'output/largest', [logits], { axis: 1, keepdims: 1, select_last_index: 0 });
  const labels = graph.add('Cast', 'output/labels', [chosen], { to: ELEMENT_TYPES.uint8 });
  const size = graph.add('Shape', 'output/size', ['hu'], { start: 2, end: 4 });
  graph.add('Resize', 'labels', [labels, '', '', size], { ...RESIZE, mode: 'nearest', nearest_mode: 'round_prefer_floor' });
}
