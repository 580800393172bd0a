/**
 * Losses on logits.
 * @module
 */
import {
  add,
  div,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  type Scalar,
  slice,
  softmax,
  sub,
  sum,
  type Tensor3D,
  type Tensor4D,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';

/** Weights of false positives and false negatives; both 0.5 make the Tversky index the Dice coefficient. */
export interface TverskyWeights {
  readonly alpha: number;
  readonly beta: number;
}

/** What a network is trained on: the Tversky loss, and cross-entropy beside it where a class has a weight. */
export interface SegmentationLoss extends TverskyWeights {
  /** Weight of each class's pixels in the cross-entropy that is added; absent = the Tversky loss alone. */
  readonly crossEntropy?: readonly number[];
}

/** Keeps a class that is absent from a batch from giving 0 / 0; voxels. */
const SMOOTHING = 1;

/**
 * The Tversky loss, plus the weighted cross-entropy if there is one (their sum: Taghanaki et al., arXiv:1805.02798).
 *
 * Where the network is sure and wrong, the softmax is flat and the Tversky loss has no gradient left; cross-entropy has.
 * @param logits - [N, H, W, C].
 * @param labels - [N, H, W], int32 in [0, C).
 */
export function segmentationLoss(logits: Tensor4D, labels: Tensor3D, loss: SegmentationLoss): Scalar {
  const { crossEntropy } = loss;
  if (crossEntropy === undefined) return tverskyLoss(logits, labels, loss);
  return tidy(() => add(tverskyLoss(logits, labels, loss), crossEntropyLoss(logits, labels, crossEntropy)));
}

/**
 * Mean over all pixels of −w · log p of the true class, w that class's weight.
 * @param logits - [N, H, W, C].
 * @param labels - [N, H, W], int32 in [0, C).
 * @param classWeights - C weights.
 */
export function crossEntropyLoss(logits: Tensor4D, labels: Tensor3D, classWeights: readonly number[]): Scalar {
  return tidy(() => {
    const truth = oneHot(labels, logits.shape[3]) as Tensor4D;
    const weighted = mul(logSoftmax(logits), mul(truth, tensor1d([...classWeights])));
    return div(neg(sum(weighted)), labels.size) as Scalar;
  });
}

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
