/**
 * Logits and labels → masks of the foreground classes, predicted and true, and their counts: what the overlap losses
 * (Dice, Tversky, IoU) are made of.
 *
 * Counts are pooled over the batch: a slice without the class then adds its false positives, and no 0 / 0.
 * @module
 */
import {
  cast,
  expandDims,
  matMul,
  mul,
  oneHot,
  reshape,
  sigmoid,
  slice,
  softmax,
  sub,
  sum,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tensor2d,
} from '@tensorflow/tfjs-core';

/** Both [N, H, W, K], K the foreground classes. */
export interface SoftMasks {
  /** In [0, 1]. */
  readonly probabilities: Tensor4D;
  /** 0 or 1. */
  readonly truth: Tensor4D;
}

/**
 * One class of the foreground with a single output and a sigmoid; otherwise all but the first, of a softmax.
 * @param logits - [N, H, W, C].
 * @param labels - [N, H, W], int32 in [0, C), with C = 1 in [0, 1].
 */
export function softMasks(logits: Tensor4D, labels: Tensor3D): SoftMasks {
  const classes = logits.shape[3];
  if (classes === 1) return { probabilities: sigmoid(logits), truth: binaryTruth(labels) };
  const foreground = (perClass: Tensor4D): Tensor4D => slice(perClass, [0, 0, 0, 1], [-1, -1, -1, classes - 1]);
  return { probabilities: foreground(softmax(logits)), truth: foreground(oneHotOf(labels, classes)) };
}

/** Masks of groups of classes, [N, H, W, G]: the sums of their classes' masks. @param groups - Of classes from 1 on. */
export function groupedMasks({ probabilities, truth }: SoftMasks, groups: readonly (readonly number[])[]): SoftMasks {
  const [n, h, w, classes] = probabilities.shape;
  const membership = tensor2d(
    Array.from({ length: classes }, (_, index) => groups.map((group) => (group.includes(index + 1) ? 1 : 0))),
  );
  const grouped = (masks: Tensor4D): Tensor4D =>
    reshape(matMul(reshape(masks, [n * h * w, classes]), membership), [n, h, w, groups.length]);
  return { probabilities: grouped(probabilities), truth: grouped(truth) };
}

/** [N, H, W, C] of 0 and 1, float32: WebGPU cannot sum the int32 that tfjs makes of labels over pixels. */
export function oneHotOf(labels: Tensor3D, classes: number): Tensor4D {
  return cast(oneHot(labels, classes), 'float32') as Tensor4D;
}

/** Labels 0 and 1 as numbers, [N, H, W, 1]. */
export function binaryTruth(labels: Tensor3D): Tensor4D {
  return expandDims(cast(labels, 'float32'), 3);
}

/** Pixels that are right and wrong, as probabilities have it; each [K]. */
export interface SoftCounts {
  readonly truePositive: Tensor;
  readonly falsePositive: Tensor;
  readonly falseNegative: Tensor;
}

export function softCounts({ probabilities, truth }: SoftMasks): SoftCounts {
  const truePositive = sumOfPixels(mul(probabilities, truth));
  return {
    truePositive,
    falsePositive: sub(sumOfPixels(probabilities), truePositive),
    falseNegative: sub(sumOfPixels(truth), truePositive),
  };
}

/** [N, H, W, K] → [K]. */
export function sumOfPixels(perPixel: Tensor): Tensor {
  return sum(perPixel, [0, 1, 2]);
}
