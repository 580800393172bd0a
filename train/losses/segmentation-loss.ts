/**
 * A loss as a recipe names it → its value on a batch.
 *
 * Sums are for where one loss alone stands still: with the network sure and wrong, softmax is flat and the overlap losses
 * have no gradient left; cross-entropy has (Taghanaki et al., arXiv:1805.02798).
 * @module
 */
import { add, mul, type Scalar, type Tensor3D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { binaryCrossEntropyLoss, crossEntropyLoss } from './cross-entropy.ts';
import { focalLoss } from './focal.ts';
import { iouLoss } from './iou.ts';
import { checkLoss, type LossSpec } from './loss-spec.ts';
import { meanSquaredErrorLoss } from './mean-squared-error.ts';
import { softDiceLoss } from './soft-dice.ts';
import { tverskyLoss } from './tversky.ts';

/**
 * @param logits - [N, H, W, C]; C = 1 is a sigmoid, more a softmax.
 * @param labels - [N, H, W], int32 in [0, C), with C = 1 in [0, 1].
 * @throws {VoxwatchError} `INVALID_ARGUMENT` as {@link checkLoss}.
 */
export function segmentationLoss(logits: Tensor4D, labels: Tensor3D, loss: LossSpec): Scalar {
  checkLoss(loss, logits.shape[3]);
  return valueOf(logits, labels, loss);
}

function valueOf(logits: Tensor4D, labels: Tensor3D, loss: LossSpec): Scalar {
  switch (loss.kind) {
    case 'cross-entropy':
      return crossEntropyLoss(logits, labels, loss.classWeights);
    case 'binary-cross-entropy':
      return binaryCrossEntropyLoss(logits, labels);
    case 'focal':
      return focalLoss(logits, labels, loss);
    case 'soft-dice':
      return softDiceLoss(logits, labels, loss);
    case 'tversky':
      return tverskyLoss(logits, labels, loss);
    case 'iou':
      return iouLoss(logits, labels, loss);
    case 'mean-squared-error':
      return meanSquaredErrorLoss(logits, labels);
    case 'sum':
      return tidy(() =>
        loss.terms
          .map(({ weight, loss: term }) => mul(valueOf(logits, labels, term), weight) as Scalar)
          .reduce((total, term) => add(total, term)),
      );
  }
}
