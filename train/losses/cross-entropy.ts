/**
 * Cross-entropy on logits, over classes and for one class against the background.
 * @module
 */
import {
  div,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  type Scalar,
  softplus,
  sub,
  sum,
  type Tensor3D,
  type Tensor4D,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import { binaryTruth } from './soft-masks.ts';

/**
 * Mean over all pixels of −w · log p of the true class, w that class's weight.
 *
 * PyTorch divides by the sum of the weights instead: the same where all are 1.
 * @param logits - [N, H, W, C], C ≥ 2.
 * @param labels - [N, H, W], int32 in [0, C).
 * @param classWeights - C weights; absent = all 1.
 */
export function crossEntropyLoss(logits: Tensor4D, labels: Tensor3D, classWeights?: readonly number[]): Scalar {
  return tidy(() => {
    const truth = oneHot(labels, logits.shape[3]) as Tensor4D;
    const weights = classWeights ? mul(truth, tensor1d([...classWeights])) : truth;
    return div(neg(sum(mul(logSoftmax(logits), weights))), labels.size) as Scalar;
  });
}

/**
 * Mean over all pixels of −log p where the truth is 1, −log(1 − p) where it is 0.
 * @param logits - [N, H, W, 1].
 * @param labels - [N, H, W], int32 in [0, 1].
 */
export function binaryCrossEntropyLoss(logits: Tensor4D, labels: Tensor3D): Scalar {
  // −log σ(x) is softplus(−x). Not tfjs's logSigmoid: its gradient keeps a tensor that a tidy has disposed of.
  return tidy(() => mean(softplus(neg(towardsTruth(logits, labels)))) as Scalar);
}

/** x where the truth is 1, −x where it is 0: the logit of the true class, [N, H, W, 1]. */
export function towardsTruth(logits: Tensor4D, labels: Tensor3D): Tensor4D {
  return mul(logits, sub(mul(binaryTruth(labels), 2), 1));
}
