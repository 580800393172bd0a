/**
 * What the export tests share: networks with random weights, a graph round one network, ONNX Runtime to run it.
 * @module
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { addNetwork, type LayersToOnnxOptions } from '../../export/layers-to-onnx.ts';
import { encodeModel } from '../../export/onnx/encode.ts';
import { GraphBuilder } from '../../export/onnx/graph.ts';

/** Numbers in [-1, 1) that are the same in every run (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

/** Gives every weight of a model a random value; variances stay above 0. */
export function randomizeWeights(model: tfl.LayersModel, seed = 1): void {
  const next = randomNumbers(seed);
  for (const layer of model.layers) {
    if (layer.weights.length === 0) continue;
    layer.setWeights(
      layer.weights.map((variable) => {
        const isVariance = variable.originalName.includes('variance');
        const size = variable.shape.reduce<number>((product, dim) => product * (dim as number), 1);
        return tf.tensor(
          Float32Array.from({ length: size }, () => (isVariance ? 0.75 + next() / 2 : next() / 2)),
          variable.shape as number[],
        );
      }),
    );
  }
}

/** A model of one input [N, height, width, channels] from what `build` makes of it, with random weights. */
export function networkOf(
  [height, width, channels]: readonly [number | null, number | null, number],
  build: (input: tfl.SymbolicTensor) => tfl.SymbolicTensor,
): tfl.LayersModel {
  const input = tfl.input({ shape: [height, width, channels] });
  const model = tfl.model({ inputs: input, outputs: build(input) });
  randomizeWeights(model);
  return model;
}

/** The file of a network alone: input `x` [N, C, H, W], H and W free where they are `null`; output `y`, its last value. */
export function encodeNetwork(
  model: tfl.LayersModel,
  [height, width, channels]: readonly [number | null, number | null, number],
  options: LayersToOnnxOptions = {},
): { bytes: Uint8Array; graph: GraphBuilder } {
  const graph = new GraphBuilder();
  const output = addNetwork(model, { value: 'x', spatial: [height, width], channels }, graph, options);
  graph.add('Identity', 'y', [output.value]);
  const bytes = encodeModel({
    graphName: 'network',
    producerName: 'test',
    producerVersion: '0',
    nodes: graph.nodes,
    initializers: graph.initializers,
    inputs: [{ name: 'x', elementType: 'float32', dims: ['N', channels, height ?? 'H', width ?? 'W'] }],
    outputs: [
      {
        name: 'y',
        elementType: 'float32',
        dims: ['N', output.channels, ...output.spatial.map((size, axis) => size ?? `free-${axis}`)],
      },
    ],
    metadata: {},
  });
  return { bytes, graph };
}

/** A network's graph in ONNX Runtime. */
export interface OpenNetwork {
  /**
   * Runs both sides on a random batch [N, H, W, C].
   * @returns the largest difference, the largest value, the shape [N, C, ...] that both gave, and what went in and came out.
   */
  compare(shape: readonly [number, number, number, number]): Promise<Comparison>;
  release(): Promise<void>;
}

export interface Comparison {
  readonly largest: number;
  readonly magnitude: number;
  readonly shape: readonly number[];
  readonly input: Float32Array;
  readonly expected: Float32Array;
}

/** Opens a network's file, as {@link encodeNetwork} makes it. */
export async function openNetwork(model: tfl.LayersModel, bytes: Uint8Array): Promise<OpenNetwork> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  return {
    async compare(shape) {
      const next = randomNumbers(7);
      const nhwc = tf.tensor4d(
        Float32Array.from({ length: shape.reduce((product, size) => product * size) }, () => 2 * next()),
        [...shape],
      );
      const expected = channelsFirst(model.predict(nhwc) as tf.Tensor);
      const input = channelsFirst(nhwc);
      const x = input.dataSync() as Float32Array;
      const { y: found } = (await session.run({ x: new Tensor('float32', x, input.shape) })) as { y: Tensor };
      if (found.dims.join() !== expected.shape.join()) throw new Error(`ONNX gives ${found.dims}, TensorFlow.js ${expected.shape}`);
      const [a, b] = [expected.dataSync() as Float32Array, found.data as Float32Array];
      return {
        largest: Math.max(...a.map((value, p) => Math.abs(value - (b[p] as number)))),
        magnitude: Math.max(...a.map(Math.abs)),
        shape: found.dims,
        input: x,
        expected: a,
      };
    },
    release: () => session.release(),
  };
}

function channelsFirst(value: tf.Tensor): tf.Tensor {
  const { rank } = value;
  return rank < 3 ? value : tf.transpose(value, [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 1)]);
}

/** {@link OpenNetwork.compare} at one size, for which the graph is made. */
export async function compareOnRandomInput(
  model: tfl.LayersModel,
  [height, width, channels]: readonly [number, number, number],
  batch: number,
  options: LayersToOnnxOptions = {},
): Promise<Comparison> {
  const network = await openNetwork(model, encodeNetwork(model, [height, width, channels], options).bytes);
  try {
    return await network.compare([batch, height, width, channels]);
  } finally {
    await network.release();
  }
}
