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

/** The file of a network alone: input `x` [N, C, H, W], output its last value. */
export function encodeNetwork(
  model: tfl.LayersModel,
  [height, width, channels]: readonly [number, number, number],
  options: LayersToOnnxOptions = {},
): { bytes: Uint8Array; graph: GraphBuilder } {
  const graph = new GraphBuilder();
  const output = addNetwork(model, { value: 'x', height, width, channels }, graph, options);
  graph.add('Identity', 'y', [output.value]);
  const bytes = encodeModel({
    graphName: 'network',
    producerName: 'test',
    producerVersion: '0',
    nodes: graph.nodes,
    initializers: graph.initializers,
    inputs: [{ name: 'x', elementType: 'float32', dims: ['N', channels, height, width] }],
    outputs: [{ name: 'y', elementType: 'float32', dims: ['N', output.channels, output.height, output.width] }],
    metadata: {},
  });
  return { bytes, graph };
}

/** Largest difference of the two sides on a random batch, and the shape [N, C, H, W] that both gave. */
export async function compareOnRandomInput(
  model: tfl.LayersModel,
  size: readonly [number, number, number],
  batch: number,
  options: LayersToOnnxOptions = {},
): Promise<{ largest: number; shape: readonly number[] }> {
  const [height, width, channels] = size;
  const next = randomNumbers(7);
  const nhwc = tf.tensor4d(
    Float32Array.from({ length: batch * height * width * channels }, () => 2 * next()),
    [batch, height, width, channels],
  );
  const expected = tf.transpose(model.predict(nhwc) as tf.Tensor4D, [0, 3, 1, 2]);
  const input = tf.transpose(nhwc, [0, 3, 1, 2]);
  const session = await InferenceSession.create(encodeNetwork(model, size, options).bytes, { logSeverityLevel: 3 });
  const outputs = await session.run({ x: new Tensor('float32', input.dataSync() as Float32Array, input.shape) });
  const found = outputs['y'] as Tensor;
  if (found.dims.join() !== expected.shape.join()) throw new Error(`ONNX gives ${found.dims}, TensorFlow.js ${expected.shape}`);
  const [a, b] = [expected.dataSync() as Float32Array, found.data as Float32Array];
  await session.release();
  return { largest: Math.max(...a.map((value, p) => Math.abs(value - (b[p] as number)))), shape: found.dims };
}
