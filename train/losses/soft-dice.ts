/**
 * Soft Dice loss: squared denominator (Milletari et al., arXiv:1606.04797; report 001) or plain (report 004).
 * @module
 */
import { add, div, mean, mul, type Scalar, square, sub, type Tensor3D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { SMOOTHING_PIXELS, type SoftDiceSpec } from './loss-spec.ts';
import { groupedMasks, softMasks, sumOfPixels } from './soft-masks.ts';

/**
 * 1 − (2Σyp + s) / (Σy² + Σp² + s), or with Σy + Σp; pooled over the batch, averaged over the foreground classes or the
 * groups of them, whose probabilities are added up.
 * @param logits - [N, H, W, C].
 * @param labels - [N, H, W], int32 in [0, C), with C = 1 in [0, 1].
 */
export function softDiceLoss(
  logits: Tensor4D,
  labels: Tensor3D,
  { denominator, groups, smooth = SMOOTHING_PIXELS }: Omit<SoftDiceSpec, 'kind'>,
): Scalar {
  return tidy(() => {
    const masks = softMasks(logits, labels);
    const { probabilities, truth } = groups ? groupedMasks(masks, groups) : masks;
    const both = sumOfPixels(mul(probabilities, truth));
    // The truth is 0 or 1, its own square.
    const sizes = add(sumOfPixels(truth), sumOfPixels(denominator === 'squared' ? square(probabilities) : probabilities));
    const dice = div(add(mul(both, 2), smooth), add(sizes, smooth));
    return sub(1, mean(dice)) as Scalar;
  });
}
