/**
 * A stage computed without ONNX: TypeScript preprocessing, TensorFlow.js network, TypeScript arg-max and way back.
 *
 * It is what the network was trained with, so it is what the exported graph is held against.
 * @module
 */
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { type FeatureWiseStatistics, normalizeFeatureWise } from '../preprocess/feature-wise.ts';
import { resizeHuSlice, resizeLabelSlice, type SliceSize } from '../preprocess/resize.ts';

/** HU of one axial slice, or a crop of one; row-major, of any size. */
export interface HuSlice {
  readonly hu: Int16Array;
  readonly sizePixels: SliceSize;
}

/** What a stage gives for one slice. */
export interface ReferenceOutputs {
  /** Output values of the stage on the slice's own grid, row-major. */
  readonly labels: Uint8Array;
  /** [C, h, w] on the network's grid, as ONNX orders them. */
  readonly logits: Float32Array;
  readonly channels: number;
}

/** Runs a stage on one slice, on the current TensorFlow.js backend. */
export async function runReferenceStage(
  model: tfl.LayersModel,
  statistics: FeatureWiseStatistics,
  { hu, sizePixels }: HuSlice,
): Promise<ReferenceOutputs> {
  const [width, height] = statistics.sizePixels;
  const input = normalizeFeatureWise(resizeHuSlice(hu, sizePixels, statistics.sizePixels), statistics);
  const output = tf.tidy(() => {
    const logits = model.predict(tf.tensor4d(input, [1, height, width, 1])) as tf.Tensor4D;
    return tf.transpose(logits, [0, 3, 1, 2]);
  });
  const logits = (await output.data()) as Float32Array;
  const channels = output.shape[1] as number;
  output.dispose();
  return { labels: resizeLabelSlice(largestChannel(logits, channels), statistics.sizePixels, sizePixels), logits, channels };
}

/** The channel with the largest of [C, h, w] logits for each of h × w pixels; of equal ones the first, as ArgMax does. */
function largestChannel(logits: Float32Array, channels: number): Uint8Array {
  const pixels = logits.length / channels;
  const labels = new Uint8Array(pixels);
  for (let p = 0; p < pixels; p++) {
    for (let c = 1; c < channels; c++) {
      const [challenger, best] = [logits[c * pixels + p] as number, logits[(labels[p] as number) * pixels + p] as number];
      if (challenger > best) labels[p] = c;
    }
  }
  return labels;
}
