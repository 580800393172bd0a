/**
 * What a recipe may say about its loss: plain data, one `kind` a loss, read by `segmentation-loss.ts`.
 *
 * A network has one output a class, of which softmax makes probabilities, or a single one with a sigmoid for one class
 * against the background. `cross-entropy` is for the former, `binary-cross-entropy` for the latter, the others for both.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';

export interface CrossEntropySpec {
  readonly kind: 'cross-entropy';
  /** Weight of each class's pixels, the background's first; absent = all 1. */
  readonly classWeights?: readonly number[];
}

export interface BinaryCrossEntropySpec {
  readonly kind: 'binary-cross-entropy';
}

export interface FocalSpec {
  readonly kind: 'focal';
  /** Factor of the whole loss, > 0. */
  readonly alpha: number;
  /** ≥ 0; the larger, the less count the pixels that are right already. 0 with α = 1 is cross-entropy. */
  readonly gamma: number;
}

export interface SoftDiceSpec extends Smoothed {
  readonly kind: 'soft-dice';
  /** Classes that are taken together, one Dice a group: an organ is its healthy part and its lesions. Absent = each class. */
  readonly groups?: readonly (readonly number[])[];
  /** Σy² + Σp² (report 001) or Σy + Σp (report 004). */
  readonly denominator: 'squared' | 'plain';
}

/** α = β = 0.5 make the Tversky index the Dice coefficient, α = β = 1 the IoU. */
export interface TverskySpec extends Smoothed {
  readonly kind: 'tversky';
  /** Weight of false positives, ≥ 0. */
  readonly alpha: number;
  /** Weight of false negatives, ≥ 0. */
  readonly beta: number;
}

export interface IouSpec extends Smoothed {
  readonly kind: 'iou';
}

/** Of the probabilities (report 002). */
export interface MeanSquaredErrorSpec {
  readonly kind: 'mean-squared-error';
}

/** The sum of its terms, each times its weight. */
export interface SumSpec {
  readonly kind: 'sum';
  readonly terms: readonly WeightedLoss[];
}

export interface WeightedLoss {
  /** ≥ 0. */
  readonly weight: number;
  readonly loss: LossSpec;
}

/** What keeps a class that is absent from a batch from giving 0 / 0. */
interface Smoothed {
  /** Added to numerator and denominator, pixels, > 0; absent = {@link SMOOTHING_PIXELS}. */
  readonly smooth?: number;
}

/** As report 004 has it. */
export const SMOOTHING_PIXELS = 1;

export type LossSpec =
  | CrossEntropySpec
  | BinaryCrossEntropySpec
  | FocalSpec
  | SoftDiceSpec
  | TverskySpec
  | IouSpec
  | MeanSquaredErrorSpec
  | SumSpec;

/**
 * Checks a loss against the network that it is for, before a run begins.
 * @param outputs - Of the network for each pixel: 1 = a sigmoid, more = a softmax over so many classes.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` for a loss that such a network cannot have, or a number out of its range.
 */
export function checkLoss(loss: LossSpec, outputs: number): void {
  switch (loss.kind) {
    case 'cross-entropy':
      if (outputs < 2) refuse('Cross-entropy needs an output for each class; for a single one there is binary-cross-entropy.');
      if (loss.classWeights && loss.classWeights.length !== outputs)
        refuse(`Cross-entropy needs ${outputs} class weights, one an output, and has ${loss.classWeights.length}.`);
      for (const weight of loss.classWeights ?? []) checkNumber('A class weight', weight, weight >= 0);
      break;
    case 'binary-cross-entropy':
      if (outputs !== 1) refuse(`Binary cross-entropy is for a network of one output; this one has ${outputs}: use cross-entropy.`);
      break;
    case 'focal':
      checkNumber('α of the focal loss', loss.alpha, loss.alpha > 0);
      checkNumber('γ of the focal loss', loss.gamma, loss.gamma >= 0);
      break;
    case 'tversky':
      checkNumber('α of the Tversky loss', loss.alpha, loss.alpha >= 0);
      checkNumber('β of the Tversky loss', loss.beta, loss.beta >= 0);
      break;
    case 'sum':
      if (loss.terms.length === 0) refuse('A sum of losses needs a term.');
      for (const { weight, loss: term } of loss.terms) {
        checkNumber('The weight of a loss', weight, weight >= 0);
        checkLoss(term, outputs);
      }
      break;
    case 'soft-dice':
      for (const group of loss.groups ?? []) {
        const isKnown = group.length > 0 && group.every((one) => Number.isInteger(one) && one > 0 && one < outputs);
        if (!isKnown) refuse(`A group of the Dice loss names classes from 1 to ${outputs - 1}, not ${group.join(', ') || 'none'}.`);
      }
      break;
    default:
      break;
  }
  if ('smooth' in loss && loss.smooth !== undefined) checkNumber('The smoothing of a loss', loss.smooth, loss.smooth > 0);
}

function checkNumber(what: string, value: number, isInRange: boolean): void {
  if (!isInRange || !Number.isFinite(value)) refuse(`${what} cannot be ${value}.`);
}

function refuse(message: string): never {
  throw new VoxwatchError('INVALID_ARGUMENT', message);
}
