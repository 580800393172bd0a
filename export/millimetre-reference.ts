/**
 * A stage in millimetres computed without ONNX: TypeScript resize and padding, TensorFlow.js network, TypeScript softmax.
 *
 * It is what the network was trained with, so it is what the exported graph is held against.
 * @module
 */
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { MillimetreGrid } from '../core/millimetre-stage.ts';
import { channelsOf, type Intensity } from '../preprocess/intensity/intensity.ts';
import { networkInput, wholeGrid } from '../preprocess/intensity/network-input.ts';
import { CERTAIN, PADDING_HU } from '../preprocess/millimetre-grid.ts';
import type { SliceSize } from '../preprocess/resize.ts';
import { resizeHuAntialiased } from '../preprocess/resize-antialiased.ts';
import { channelsOfClasses } from './fuse-millimetre-stage.ts';
import type { HuSlice } from './reference-stage.ts';

/** A slice, or a part of one, and its size on the network's grid. */
export interface GridSlice extends HuSlice {
  readonly gridPixels: SliceSize;
}

/** A stage as it was trained. */
export interface MillimetreReferenceStage {
  /** Input [N, h, w, C], output logits [N, h, w, classes]. */
  readonly model: tfl.LayersModel;
  readonly intensity: Intensity;
  readonly grid: Pick<MillimetreGrid, 'multipleOf' | 'outputs'>;
}

/** What such a stage gives for one slice. */
export interface MillimetreReferenceOutputs {
  /** [K, h, w] on the network's grid, 255 = certain. */
  readonly probabilities: Uint8Array;
  /** [classes, h, w] on the padded grid, as ONNX orders them. */
  readonly logits: Float32Array;
  readonly channels: number;
}

/** Runs a stage on one slice, on the current TensorFlow.js backend. */
export async function runMillimetreReference(
  { model, intensity, grid }: MillimetreReferenceStage,
  { hu, sizePixels, gridPixels }: GridSlice,
): Promise<MillimetreReferenceOutputs> {
  const paddedTo = (size: number): number => Math.ceil(size / grid.multipleOf) * grid.multipleOf;
  const padded: SliceSize = [paddedTo(gridPixels[0]), paddedTo(gridPixels[1])];
  const input = networkInput(
    padSlice(resizeHuAntialiased(hu, sizePixels, gridPixels), gridPixels, padded),
    intensity,
    wholeGrid(padded),
  );
  const output = tf.tidy(() => {
    const image = tf.tensor4d(input, [1, padded[1], padded[0], channelsOf(intensity)]);
    // Not `predict`, which insists on the size that the model was built with.
    return tf.transpose(model.apply(image, { training: false }) as tf.Tensor4D, [0, 3, 1, 2]);
  });
  const logits = (await output.data()) as Float32Array;
  const channels = output.shape[1] as number;
  output.dispose();
  return { logits, channels, probabilities: probabilitiesOf(logits, channels, { grid, gridPixels, padded }) };
}

function padSlice(hu: Float32Array, [width, height]: SliceSize, [paddedWidth, paddedHeight]: SliceSize): Float32Array {
  const out = new Float32Array(paddedWidth * paddedHeight).fill(PADDING_HU);
  for (let v = 0; v < height; v++) out.set(hu.subarray(v * width, (v + 1) * width), v * paddedWidth);
  return out;
}

function probabilitiesOf(
  logits: Float32Array,
  channels: number,
  {
    grid,
    gridPixels,
    padded,
  }: Pick<MillimetreReferenceStage, 'grid'> & { readonly gridPixels: SliceSize; readonly padded: SliceSize },
): Uint8Array {
  const [width, height] = gridPixels;
  const outputs = grid.outputs.map(({ classes }) => channelsOfClasses(classes, channels));
  const out = new Uint8Array(outputs.length * width * height);
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      const shares = sharesAt(logits, channels, { pixel: v * padded[0] + u, pixels: padded[0] * padded[1] });
      outputs.forEach((ofOutput, k) => {
        const sum = ofOutput.reduce((total, channel) => total + (shares[channel] as number), 0);
        out[(k * height + v) * width + u] = Math.floor(CERTAIN * sum + 0.5);
      });
    }
  }
  return out;
}

/** Softmax over the channels of a pixel; of one channel the sigmoid. */
function sharesAt(
  logits: Float32Array,
  channels: number,
  { pixel, pixels }: { readonly pixel: number; readonly pixels: number },
): readonly number[] {
  const values = Array.from({ length: channels }, (_, c) => logits[c * pixels + pixel] as number);
  if (channels === 1) return [1 / (1 + Math.exp(-(values[0] as number)))];
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
