/**
 * The Tversky loss (Salehi et al., arXiv:1706.05721; report 003, figure 5).
 * @module
 */
import { add, div, mean, mul, type Scalar, sub, type Tensor3D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { SMOOTHING_PIXELS, type TverskySpec } from './loss-spec.ts';
import { softCounts, softMasks } from './soft-masks.ts';

/**
 * 1 − Tversky index, pooled over the batch, averaged over the foreground classes.
 * @param logits - [N, H, W, C].
 * @param labels - [N, H, W], int32 in [0, C), with C = 1 in [0, 1].
 */
export function tverskyLoss(
  logits: Tensor4D,
  labels: Tensor3D,
  { alpha, beta, smooth = SMOOTHING_PIXELS }: Omit<TverskySpec, 'kind'>,
): Scalar {
  return tidy(() => {
    const { truePositive, falsePositive, falseNegative } = softCounts(softMasks(logits, labels));
    const hit = add(truePositive, smooth);
    const index = div(hit, add(hit, add(mul(falsePositive, alpha), mul(falseNegative, beta))));
    return sub(1, mean(index)) as Scalar;
  });
}
