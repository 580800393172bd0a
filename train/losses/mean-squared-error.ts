/**
 * Mean squared error of the probabilities (report 002).
 * @module
 */
import {
  cast,
  mean,
  oneHot,
  type Scalar,
  sigmoid,
  softmax,
  squaredDifference,
  type Tensor3D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { binaryTruth } from './soft-masks.ts';

/**
 * Mean over all pixels, and over all classes with the background, of (p − y)².
 * @param logits - [N, H, W, C].
 * @param labels - [N, H, W], int32 in [0, C), with C = 1 in [0, 1].
 */
export function meanSquaredErrorLoss(logits: Tensor4D, labels: Tensor3D): Scalar {
  const classes = logits.shape[3];
  return tidy(() => {
    if (classes === 1) return mean(squaredDifference(sigmoid(logits), binaryTruth(labels))) as Scalar;
    // Not oneHot's own float32: the WASM backend writes whole numbers' bits into it.
    return mean(squaredDifference(softmax(logits), cast(oneHot(labels, classes), 'float32'))) as Scalar;
  });
}
