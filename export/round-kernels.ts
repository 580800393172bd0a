/**
 * A trained network → the same with kernels that fit into float16, so that its file is half as large.
 *
 * What is stored is the kernel with the normalisation behind it folded in, so that product is rounded, and the trained kernel
 * becomes what gives it: the certificate then compares networks that are the same, not one with its rounding.
 * @module
 */
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../core/errors.ts';
import { channelAffine } from './layers/normalization.ts';
import { type ConnectedCall, traceCalls } from './layers/trace-calls.ts';
import { foldableNormalization } from './layers-to-onnx.ts';
import { LARGEST_HALF, nearestHalf } from './onnx/half.ts';

/** Axis of the output channels in TensorFlow.js' kernels [rows, columns, …]. */
const CHANNEL_AXIS: Readonly<Record<string, number>> = { Conv2D: 3, DilatedConvolution2D: 3, Conv2DTranspose: 2 };

/**
 * Changes the model's convolutions in place; layers of other classes, and those that are called twice, stay as they are.
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED` for a kernel beyond float16.
 */
export function roundKernels(model: tfl.LayersModel): void {
  const calls = traceCalls(model);
  for (const call of calls) {
    const axis = CHANNEL_AXIS[call.className];
    if (axis === undefined || calls.filter(({ layer }) => layer === call.layer).length > 1) continue;
    roundKernel(call, foldableNormalization(call, calls), axis);
  }
}

function roundKernel({ layer, path }: ConnectedCall, normalization: ConnectedCall | undefined, axis: number): void {
  const variable = layer.weights[0] as tfl.LayerVariable;
  const tensor = variable.read();
  const channels = tensor.shape[axis] as number;
  const after = tensor.shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const scale = normalization ? scaleOf(normalization, channels) : new Float64Array(channels).fill(1);
  const rounded = new Float32Array(tensor.dataSync()).map((value, position) => {
    const factor = scale[Math.floor(position / after) % channels] as number;
    return factor === 0 ? value : nearestHalf(value * factor) / factor;
  });
  if (!rounded.every(Number.isFinite))
    throw new VoxwatchError(
      'EXPORT_UNSUPPORTED',
      `The kernel of ${path} has numbers beyond ${LARGEST_HALF}: it does not fit into float16.`,
    );
  variable.write(tf.tensor(rounded, tensor.shape as number[]));
}

function scaleOf({ layer, className, path }: ConnectedCall, channels: number): Float64Array {
  const output = { spatial: [null, null], channels };
  return channelAffine({ layer, className, path, name: path, place: path, inputs: [], output }).scale;
}
