/**
 * Pairs of volumes → bias and limits of agreement.
 * Source: Bland and Altman, "Statistical methods for assessing agreement …", Lancet 327 (1986).
 * @module
 */
import { mean, standardDeviation } from './summarize.ts';

/** Normal quantile of 97.5 %: 95 % of differences lie within so many standard deviations. */
const LIMIT_DEVIATIONS = 1.96;

export interface VolumePair {
  readonly truthMl: number;
  readonly predictedMl: number;
}

export interface VolumeAgreement {
  readonly cases: number;
  /** Mean of predicted − truth, ml. */
  readonly biasMl: number;
  /** Bias ± 1.96 standard deviations, ml; absent below two cases. */
  readonly limitsMl?: { readonly lower: number; readonly upper: number };
}

/** @returns nothing where there is no case. */
export function volumeAgreement(pairs: readonly VolumePair[]): VolumeAgreement | undefined {
  const differences = pairs.map(({ truthMl, predictedMl }) => predictedMl - truthMl);
  if (differences.length === 0) return undefined;
  const biasMl = mean(differences);
  if (differences.length < 2) return { cases: 1, biasMl };
  const reach = LIMIT_DEVIATIONS * standardDeviation(differences);
  return { cases: differences.length, biasMl, limitsMl: { lower: biasMl - reach, upper: biasMl + reach } };
}
