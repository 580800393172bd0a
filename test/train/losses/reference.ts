/**
 * Every loss in plain loops and float64, written from its formula, and its gradient by central differences.
 * @module
 */
import type { LossSpec } from '../../../train/losses/loss-spec.ts';

/** Pixels one after the other, `outputs` logits each. */
export interface Batch {
  readonly outputs: number;
  readonly logits: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}

/** Half the step of a difference: its error is of the order of its square, the rounding 1e-16 divided by it. */
const HALF_STEP = 1e-4;

/** Probabilities of one pixel's classes, the background's first. */
function probabilities({ outputs, logits }: Batch, pixel: number): number[] {
  if (outputs === 1) {
    const x = logits[pixel] as number;
    return [1 / (1 + Math.exp(x)), 1 / (1 + Math.exp(-x))];
  }
  const exponentials = Array.from({ length: outputs }, (_, c) => Math.exp(logits[pixel * outputs + c] as number));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials.map((value) => value / total);
}

/** Of the foreground classes: Σyp, Σp, Σy, Σp². */
function sums(batch: Batch): { both: number; predicted: number; truth: number; squared: number }[] {
  const classes = Math.max(2, batch.outputs);
  const perClass = Array.from({ length: classes }, () => ({ both: 0, predicted: 0, truth: 0, squared: 0 }));
  for (let pixel = 0; pixel < batch.labels.length; pixel++) {
    probabilities(batch, pixel).forEach((p, c) => {
      const sum = perClass[c] as (typeof perClass)[number];
      const y = Number(batch.labels[pixel] === c);
      sum.both += y * p;
      sum.predicted += p;
      sum.truth += y;
      sum.squared += p * p;
    });
  }
  return perClass.slice(1);
}

function meanOf<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((sum, value) => sum + of(value), 0) / values.length;
}

export function referenceLoss(batch: Batch, loss: LossSpec): number {
  const pixels = Array.from({ length: batch.labels.length }, (_, pixel) => ({
    label: batch.labels[pixel] as number,
    all: probabilities(batch, pixel),
  }));
  const right = ({ all, label }: (typeof pixels)[number]): number => all[label] as number;
  const smooth = 'smooth' in loss && loss.smooth !== undefined ? loss.smooth : 1;
  switch (loss.kind) {
    case 'cross-entropy':
      return meanOf(pixels, (pixel) => -(loss.classWeights?.[pixel.label] ?? 1) * Math.log(right(pixel)));
    case 'binary-cross-entropy':
      return meanOf(pixels, (pixel) => -Math.log(right(pixel)));
    case 'focal':
      return meanOf(pixels, (pixel) => -loss.alpha * (1 - right(pixel)) ** loss.gamma * Math.log(right(pixel)));
    case 'mean-squared-error':
      return meanOf(pixels, ({ all, label }) =>
        batch.outputs === 1
          ? ((all[1] as number) - label) ** 2
          : all.reduce((sum, p, c) => sum + (p - Number(c === label)) ** 2, 0) / batch.outputs,
      );
    case 'soft-dice':
      return meanOf(sums(batch), ({ both, predicted, truth, squared }) => {
        return 1 - (2 * both + smooth) / (truth + (loss.denominator === 'squared' ? squared : predicted) + smooth);
      });
    case 'tversky':
      return meanOf(sums(batch), ({ both, predicted, truth }) => {
        const wrong = loss.alpha * (predicted - both) + loss.beta * (truth - both);
        return 1 - (both + smooth) / (both + wrong + smooth);
      });
    case 'iou':
      return meanOf(sums(batch), ({ both, predicted, truth }) => 1 - (both + smooth) / (predicted + truth - both + smooth));
    case 'sum':
      return loss.terms.reduce((sum, { weight, loss: term }) => sum + weight * referenceLoss(batch, term), 0);
  }
}

/** With regard to each logit. */
export function referenceGradient(batch: Batch, loss: LossSpec): number[] {
  const valueWith = (n: number, change: number): number => {
    const logits = Float64Array.from(batch.logits);
    logits[n] = (logits[n] as number) + change;
    return referenceLoss({ ...batch, logits }, loss);
  };
  return Array.from(batch.logits, (_, n) => (valueWith(n, HALF_STEP) - valueWith(n, -HALF_STEP)) / (2 * HALF_STEP));
}
