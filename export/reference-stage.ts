/**
 * A stage computed without ONNX: TypeScript preprocessing, TensorFlow.js network, TypeScript arg-max and way back.
 *
 * It is what the network was trained with, so it is what the exported graph is held against.
 * @module
 */
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { channelsOf, type Intensity } from '../preprocess/intensity/intensity.ts';
import { networkInput, wholeGrid } from '../preprocess/intensity/network-input.ts';
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

/** A stage as it was trained. */
export interface ReferenceStage {
  /** Input [N, h, w, C], output logits [N, h, w, channels]. */
  readonly model: tfl.LayersModel;
  readonly intensity: Intensity;
  /** `[width, height]` of the network's grid. */
  readonly gridPixels: SliceSize;
}

/** Runs a stage on one slice, on the current TensorFlow.js backend. */
export async function runReferenceStage(
  { model, intensity, gridPixels }: ReferenceStage,
  { hu, sizePixels }: HuSlice,
): Promise<ReferenceOutputs> {
  const [width, height] = gridPixels;
  const input = networkInput(resizeHuSlice(hu, sizePixels, gridPixels), intensity, wholeGrid(gridPixels));
  const output = tf.tidy(() => {
    const logits = model.predict(tf.tensor4d(input, [1, height, width, channelsOf(intensity)])) as tf.Tensor4D;
    return tf.transpose(logits, [0, 3, 1, 2]);
  });
  const logits = (await output.data()) as Float32Array;
  const channels = output.shape[1] as number;
  output.dispose();
  return { labels: resizeLabelSlice(chosenChannel(logits, channels), gridPixels, sizePixels), logits, channels };
}

/**
 * The channel with the largest of [C, h, w] logits for each of h × w pixels; of equal ones the first, as ArgMax does. One
 * channel is a sigmoid's: 1 where its probability is above 0.5.
 */
function chosenChannel(logits: Float32Array, channels: number): Uint8Array {
  if (channels === 1) return Uint8Array.from(logits, (logit) => (logit > 0 ? 1 : 0));
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
