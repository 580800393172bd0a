/**
 * Conservation training (report 001): a penalty on leaving the outputs of the network that training began with.
 *
 * The report names no formula. This is the distillation term of Learning without Forgetting (Li & Hoiem, arXiv:1606.09282)
 * per pixel, as a divergence: T² · KL(source ‖ student) of probabilities at temperature T, so that equal outputs cost 0.
 * T² keeps its gradient of the same order whatever T is (Hinton et al., arXiv:1503.02531).
 * @module
 */
import {
  add,
  div,
  logSoftmax,
  mul,
  neg,
  type Scalar,
  sigmoid,
  softmax,
  softplus,
  sub,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../../core/errors.ts';
import { type ConservationSpec, TEMPERATURE } from './transfer-spec.ts';

/**
 * What the source says to a batch, as in inference. Call it outside of what gradients are taken of: inside, each of its
 * inner values would be kept until the step ends.
 * @param input - [N, H, W, channels].
 * @returns [N, H, W, C]; the caller disposes of it.
 */
export function sourceLogits(source: LayersModel, input: Tensor4D): Tensor4D {
  return tidy(() => source.apply(input, { training: false }) as Tensor4D);
}

/**
 * The term to be added to the loss: weight · T² · mean over all pixels of KL(source ‖ student).
 * @param logits - Of the network that learns, [N, H, W, C]; C = 1 is a sigmoid, more a softmax.
 * @param source - {@link sourceLogits} of the same batch.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` for outputs of different shapes and numbers out of their range.
 */
export function conservationLoss(logits: Tensor4D, source: Tensor4D, spec: ConservationSpec): Scalar {
  checkConservation(spec);
  if (String(logits.shape) !== String(source.shape)) {
    throw new VoxwatchError(
      'INVALID_ARGUMENT',
      `Conservation training compares outputs of one shape, not ${logits.shape.join(' × ')} with ${source.shape.join(' × ')}: the source needs the same classes and grid.`,
    );
  }
  const { weight, temperature = TEMPERATURE } = spec;
  const [batch, height, width, classes] = logits.shape;
  const factor = (weight * temperature ** 2) / (batch * height * width);
  return tidy(() => {
    const [ours, theirs] = [div(logits, temperature), div(source, temperature)];
    const divergence = classes === 1 ? binaryDivergence(ours, theirs) : divergenceOfClasses(ours, theirs);
    return mul(divergence, factor) as Scalar;
  });
}

/** @throws {VoxwatchError} `INVALID_ARGUMENT`. */
export function checkConservation({ weight, temperature = TEMPERATURE }: ConservationSpec): void {
  if (!(weight >= 0) || !Number.isFinite(weight))
    throw new VoxwatchError('INVALID_ARGUMENT', `The weight of conservation training cannot be ${weight}.`);
  if (!(temperature > 0) || !Number.isFinite(temperature))
    throw new VoxwatchError('INVALID_ARGUMENT', `The temperature of conservation training cannot be ${temperature}.`);
}

/** Summed over pixels. */
function divergenceOfClasses(ours: Tensor, theirs: Tensor): Tensor {
  return sum(mul(softmax(theirs), sub(logSoftmax(theirs), logSoftmax(ours))));
}

/** Summed over pixels: of a class and its background. −log σ(x) is softplus(−x). */
function binaryDivergence(ours: Tensor, theirs: Tensor): Tensor {
  const foreground = sigmoid(theirs);
  const missed = mul(foreground, sub(softplus(neg(ours)), softplus(neg(theirs))));
  const invented = mul(sub(1, foreground), sub(softplus(ours), softplus(theirs)));
  return sum(add(missed, invented));
}
