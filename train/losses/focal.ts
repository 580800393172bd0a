/**
 * The focal loss (Lin et al., arXiv:1708.02002; report 001).
 *
 * log(1 − p) is taken from the logits: the power of a 1 − p that has rounded to 0 has a gradient of 0 · ∞ for γ < 1.
 * @module
 */
import {
  div,
  exp,
  expandDims,
  logSoftmax,
  logSumExp,
  mean,
  mul,
  neg,
  oneHot,
  type Scalar,
  softplus,
  sub,
  sum,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { towardsTruth } from './cross-entropy.ts';
import type { FocalSpec } from './loss-spec.ts';

/** So far below all logits that nothing is left of its exponential. */
const NEVER = 1e9;

/**
 * Mean over all pixels of −α (1 − p)^γ · log p, p the probability of the true class. α is one factor for all pixels, as in
 * the report; α = 1 and γ = 0 give cross-entropy to the last bit.
 * @param logits - [N, H, W, C].
 * @param labels - [N, H, W], int32 in [0, C), with C = 1 in [0, 1].
 */
export function focalLoss(logits: Tensor4D, labels: Tensor3D, { alpha, gamma }: Omit<FocalSpec, 'kind'>): Scalar {
  return tidy(() => {
    if (logits.shape[3] === 1) {
      const margin = towardsTruth(logits, labels);
      return mul(mean(mul(softplus(neg(margin)), shareOfWrong(margin, gamma))), alpha) as Scalar;
    }
    const truth = oneHot(labels, logits.shape[3]) as Tensor4D;
    const others = expandDims(logSumExp(sub(logits, mul(truth, NEVER)), 3), 3);
    const margin = sub(sum(mul(logits, truth), 3, true), others);
    const weighted = mul(mul(logSoftmax(logits), truth), shareOfWrong(margin, gamma));
    return mul(div(neg(sum(weighted)), labels.size), alpha) as Scalar;
  });
}

/**
 * (1 − p)^γ.
 * @param margin - Logit of p: that of the true class above those of all others together.
 */
function shareOfWrong(margin: Tensor, gamma: number): Tensor {
  return exp(mul(softplus(margin), -gamma));
}
