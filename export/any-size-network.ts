/**
 * A network that is to run on images of any size → ONNX operators that are right for all of them.
 *
 * tfjs models are built for one size or for none, and a layer's rule may write a size into the graph: pads of `same`, the
 * end of a crop, slopes for each pixel. So the graph is made for one size and compared with that for other sizes: what
 * does not change holds for all multiples, what changes belongs to a layer that cannot be had.
 * @module
 */
import type * as tfl from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../core/errors.ts';
import type { FeatureMap } from './layers/layer-call.ts';
import { addNetwork } from './layers-to-onnx.ts';
import type { OnnxNode, OnnxTensor } from './onnx/encode.ts';
import { GraphBuilder } from './onnx/graph.ts';

/** Heights and widths that graphs are compared at, in multiples: odd, even, and never square. */
const SIZE = [2, 3] as const;
const OTHER_SIZE = [7, 4] as const;

export interface AnySizeInput {
  /** Name of the float32 value [N, C, H, W]; H and W are multiples of `multipleOf`. */
  readonly value: string;
  readonly channels: number;
  readonly multipleOf: number;
}

/**
 * Adds a network to a graph; the size that the model was built with does not matter.
 * @returns the network's logits, on the grid of its input.
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED`, naming the first layer that cannot be exported, or not for every size.
 */
export function addAnySizeNetwork(
  model: tfl.LayersModel,
  { value, channels, multipleOf }: AnySizeInput,
  graph: GraphBuilder,
): Pick<FeatureMap, 'value' | 'channels'> {
  const times = ([rows, columns]: Size): Size => [rows * multipleOf, columns * multipleOf];
  const addAt = (spatial: Size, builder: GraphBuilder): FeatureMap => {
    const logits = addNetwork(model, { value, channels, spatial }, builder, { anyInputSize: true });
    if (logits.spatial.join() === spatial.join()) return logits;
    throw new VoxwatchError(
      'EXPORT_UNSUPPORTED',
      `A stage in millimetres gives logits for each pixel it is given; of ${spatial.join(' × ')} this network makes ${logits.spatial.join(' × ') || 'no image'}.`,
    );
  };
  const before = { nodes: graph.nodes.length, initializers: graph.initializers.length };
  const logits = addAt(times(SIZE), graph);
  const added = { nodes: graph.nodes.slice(before.nodes), initializers: graph.initializers.slice(before.initializers) };
  const compared = new GraphBuilder();
  addAt(times(OTHER_SIZE), compared);
  const changed = firstChange(added, compared);
  if (changed === undefined) return logits;
  throw new VoxwatchError(
    'EXPORT_UNSUPPORTED',
    `The network cannot be exported for images of any size: ${changed} is made for one size, even among multiples of ${multipleOf} pixels.`,
    { value: changed },
  );
}

type Size = readonly [rows: number, columns: number];
type Operators = Pick<GraphBuilder, 'nodes' | 'initializers'>;

/** Name of the first value that two graphs of the same network do not compute alike; it begins with its layer's path. */
function firstChange(a: Operators, b: Operators): string | undefined {
  const constants = a.initializers.findIndex((tensor, n) => !isSameTensor(tensor, b.initializers[n]));
  const nodes = a.nodes.findIndex((node, n) => !isSameNode(node, b.nodes[n]));
  return a.initializers[constants]?.name ?? a.nodes[nodes]?.name ?? b.nodes[a.nodes.length]?.name;
}

/** Weights come out of the model and not out of a size: of floats, the dimensions are enough. */
function isSameTensor(a: OnnxTensor, b: OnnxTensor | undefined): boolean {
  if (a.name !== b?.name || a.dims.join() !== b.dims.join()) return false;
  return a.data instanceof Float32Array || a.data.join() === b.data.join();
}

function isSameNode(a: OnnxNode, b: OnnxNode | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
