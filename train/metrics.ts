/**
 * Metrics on label maps.
 * @module
 */

/** Counts that Dice is made of; add them over slices for a case, over cases for a pooled figure. */
export interface OverlapCounts {
  intersection: number;
  predicted: number;
  truth: number;
}

export function emptyCounts(): OverlapCounts {
  return { intersection: 0, predicted: 0, truth: 0 };
}

/** Adds what two label maps share of the labels given. */
export function countOverlap(
  counts: OverlapCounts,
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
  labels: readonly number[],
): void {
  const wanted = new Set(labels);
  for (let p = 0; p < truth.length; p++) {
    const inPrediction = wanted.has(predicted[p] as number);
    const inTruth = wanted.has(truth[p] as number);
    if (inPrediction) counts.predicted++;
    if (inTruth) counts.truth++;
    if (inPrediction && inTruth) counts.intersection++;
  }
}

/** 2·|A∩B| / (|A| + |B|); 1 where both are empty, since nothing was there and nothing was found. */
export function diceScore({ intersection, predicted, truth }: OverlapCounts): number {
  return predicted + truth === 0 ? 1 : (2 * intersection) / (predicted + truth);
}
