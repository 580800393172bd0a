/**
 * The IoU (Jaccard) loss with smoothing, as report 004 has it.
 * @module
 */
import { add, div, mean, type Scalar, sub, type Tensor3D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { type IouSpec, SMOOTHING_PIXELS } from './loss-spec.ts';
import { softCounts, softMasks } from './soft-masks.ts';

/**
 * 1 − (Σyp + s) / (Σy + Σp − Σyp + s), pooled over the batch, averaged over the foreground classes; 0 where both masks are
 * empty.
 * @param logits - [N, H, W, C].
 * @param labels - [N, H, W], int32 in [0, C), with C = 1 in [0, 1].
 */
export function iouLoss(logits: Tensor4D, labels: Tensor3D, { smooth = SMOOTHING_PIXELS }: Omit<IouSpec, 'kind'>): Scalar {
  return tidy(() => {
    const { truePositive, falsePositive, falseNegative } = softCounts(softMasks(logits, labels));
    const intersection = add(truePositive, smooth);
    const union = add(intersection, add(falsePositive, falseNegative));
    return sub(1, mean(div(intersection, union))) as Scalar;
  });
}
