/** Kernels rounded to float16: the file is half as large, and computes what the rounded network computes. */

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { addNetwork } from '../../export/layers-to-onnx.ts';
import { decodeModel } from '../../export/onnx/decode.ts';
import { encodeModel } from '../../export/onnx/encode.ts';
import { GraphBuilder } from '../../export/onnx/graph.ts';
import { withoutStoredHalves, withStoredHalves } from '../../export/onnx/stored-halves.ts';
import { roundKernels } from '../../export/round-kernels.ts';
import { networkOf, randomNumbers } from './onnx-fixtures.ts';
import { stemUnet } from './stem-unet.ts';

const SIZE = [16, 24] as const;
const CLASSES = 3;

function fileOf(model: tfl.LayersModel, stored: boolean): Uint8Array {
  const graph = new GraphBuilder();
  const output = addNetwork(model, { value: 'x', spatial: SIZE, channels: 1 }, graph);
  const { nodes, initializers } = stored ? withStoredHalves(graph) : graph;
  return encodeModel({
    graphName: 'network',
    producerName: 'voxwatch',
    producerVersion: '1.2.3',
    nodes,
    initializers,
    inputs: [{ name: 'x', elementType: 'float32', dims: ['N', 1, ...SIZE] }],
    outputs: [{ name: output.value, elementType: 'float32', dims: ['N', CLASSES, ...SIZE] }],
    metadata: {},
  });
}

async function run(file: Uint8Array, input: Float32Array): Promise<Float32Array> {
  const session = await InferenceSession.create(file);
  const outputs = await session.run({ x: new Tensor('float32', input, [1, 1, ...SIZE]) });
  await session.release();
  return Object.values(outputs)[0]?.data as Float32Array;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, n) => Math.max(most, Math.abs(value - (b[n] as number))), 0);
}

const next = randomNumbers(7);
const input = Float32Array.from({ length: SIZE[0] * SIZE[1] }, next);
const floats = (file: Uint8Array) => decodeModel(file).initializers.filter(({ name }) => name.endsWith('/kernel'));

describe('kernels in float16', () => {
  it('are stored so where they were rounded, and nowhere else', () => {
    const model = stemUnet(SIZE, CLASSES);
    const before = fileOf(model, true);
    expect(decodeModel(before).initializers.some(({ data }) => data instanceof Uint16Array)).toBe(false);
    roundKernels(model);
    const after = fileOf(model, true);
    const halves = decodeModel(after).initializers.filter(({ name }) => name.endsWith('/kernel/float16'));
    // Those of fewer than 256 numbers stay as they are: the stem's, and that of the logits.
    expect(halves.length).toBe(floats(before).filter(({ data }) => data.length >= 256).length);
    expect(after.length).toBeLessThan(0.75 * before.length);
  });

  it('give in ONNX Runtime what the rounded network gives in TensorFlow.js', async () => {
    const model = stemUnet(SIZE, CLASSES);
    const exact = model.predict(tf.tensor(input, [1, ...SIZE, 1])) as tf.Tensor;
    roundKernels(model);
    const rounded = model.predict(tf.tensor(input, [1, ...SIZE, 1])) as tf.Tensor;
    const expected = (await tf.transpose(rounded, [0, 3, 1, 2]).data()) as Float32Array;
    const found = await run(fileOf(model, true), input);
    const byRounding = largestDifference((await tf.transpose(exact, [0, 3, 1, 2]).data()) as Float32Array, expected);
    expect(byRounding).toBeGreaterThan(1e-4);
    expect(largestDifference(found, expected)).toBeLessThan(Math.min(1e-4, byRounding / 10));
  });

  it('come back as float32 for what works on them', async () => {
    const model = stemUnet(SIZE, CLASSES);
    roundKernels(model);
    const stored = fileOf(model, true);
    const plain = withoutStoredHalves(decodeModel(stored));
    expect(plain.initializers.map(({ name }) => name)).toEqual(
      decodeModel(fileOf(model, false)).initializers.map(({ name }) => name),
    );
    expect(plain.nodes.map(({ name }) => name)).toEqual(decodeModel(fileOf(model, false)).nodes.map(({ name }) => name));
    expect(await run(encodeModel(plain), input)).toEqual(await run(stored, input));
  });

  it('are refused where a number is beyond float16', () => {
    const model = networkOf(
      [8, 8, 1],
      (x) => tfl.layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same' }).apply(x) as tfl.SymbolicTensor,
    );
    const kernel = tf.fill([3, 3, 1, 2], 70_000);
    model.layers[1]?.weights[0]?.write(kernel);
    expect(() => roundKernels(model)).toThrow(expect.objectContaining({ code: 'EXPORT_UNSUPPORTED' }));
  });
});
