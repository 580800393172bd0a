/**
 * Losses on logits.
 * @module
 */
import {
  add,
  div,
  mean,
  mul,
  oneHot,
  type Scalar,
  slice,
  softmax,
  sub,
  sum,
  type Tensor3D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';

/** Weights of false positives and false negatives; both 0.5 make the Tversky index the Dice coefficient. */
export interface TverskyWeights {
  readonly alpha: number;
  readonly beta: number;
}

/** Keeps a class that is absent from a batch from giving 0 / 0; voxels. */
const SMOOTHING = 1;

/**
 * 1 − Tversky index (Salehi et al., arXiv:1706.05721; report 003, figure 5), pooled over the batch, averaged over the
 * foreground classes.
 * @param logits - [N, H, W, C].
 * @param labels - [N, H, W], int32 in [0, C).
 */
export function tverskyLoss(logits: Tensor4D, labels: Tensor3D, { alpha, beta }: TverskyWeights): Scalar {
  return tidy(() => {
    const classes = logits.shape[3];
    const probabilities = foreground(softmax(logits), classes);
    const truth = foreground(oneHot(labels, classes) as Tensor4D, classes);
    const axes = [0, 1, 2];
    const truePositive = sum(mul(probabilities, truth), axes);
    const falsePositive = sub(sum(probabilities, axes), truePositive);
    const falseNegative = sub(sum(truth, axes), truePositive);
    const hit = add(truePositive, SMOOTHING);
    const index = div(hit, add(hit, add(mul(falsePositive, alpha), mul(falseNegative, beta))));
    return sub(1, mean(index)) as Scalar;
  });
}

function foreground(perClass: Tensor4D, classes: number): Tensor4D {
  return slice(perClass, [0, 0, 0, 1], [-1, -1, -1, classes - 1]);
}
