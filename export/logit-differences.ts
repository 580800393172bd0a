/**
 * Logits of the trained network and of its graph → how far they are apart, over all slices of a certificate.
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';

/** Largest difference of a logit; where a slice's largest logit is above 1, this part of it. */
export const LOGIT_TOLERANCE = 1e-4;

/** Sums and extremes over all slices. A NaN on one side shows as NaN here. */
export interface LogitDifferences {
  largest: number;
  /** Of a slice's largest logit, where that is above 1. */
  largestRelative: number;
  sum: number;
  count: number;
}

export function noLogitDifferences(): LogitDifferences {
  return { largest: 0, largestRelative: 0, sum: 0, count: 0 };
}

/**
 * Adds those of one slice.
 * @param logits - What the graph gives.
 * @throws {VoxwatchError} `PARITY_FAILED` where it gives another number of them.
 */
export function addLogitDifferences(seen: LogitDifferences, reference: Float32Array, logits: Float32Array | undefined): void {
  if (logits?.length !== reference.length) {
    throw new VoxwatchError(
      'PARITY_FAILED',
      `The graph gives ${logits?.length ?? 0} logits a slice, the network ${reference.length}.`,
    );
  }
  let [largest, magnitude] = [0, 1];
  for (let p = 0; p < reference.length; p++) {
    const difference = Math.abs((reference[p] as number) - (logits[p] as number));
    largest = Math.max(largest, difference);
    magnitude = Math.max(magnitude, Math.abs(reference[p] as number));
    seen.sum += difference;
  }
  seen.count += reference.length;
  seen.largest = Math.max(seen.largest, largest);
  seen.largestRelative = Math.max(seen.largestRelative, largest / magnitude);
}
