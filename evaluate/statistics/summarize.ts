/**
 * Numbers of many cases → mean, spread, quantiles.
 * @module
 */

/** What is said about one score over the cases; every field but the counts is absent where no case has a value. */
export interface Summary {
  /** Cases with a value. */
  readonly cases: number;
  /** Cases where the score is not defined (a distance to nothing); they are counted, never averaged. */
  readonly undefinedCases: number;
  readonly mean?: number;
  /** Of a sample (n − 1); absent below two cases. */
  readonly standardDeviation?: number;
  readonly median?: number;
  readonly lowerQuartile?: number;
  readonly upperQuartile?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

export function summarize(values: readonly (number | undefined)[]): Summary {
  const defined = values.filter((value): value is number => value !== undefined).sort((a, b) => a - b);
  const counts = { cases: defined.length, undefinedCases: values.length - defined.length };
  if (defined.length === 0) return counts;
  return {
    ...counts,
    mean: mean(defined),
    ...(defined.length > 1 ? { standardDeviation: standardDeviation(defined) } : {}),
    median: quantile(defined, 0.5),
    lowerQuartile: quantile(defined, 0.25),
    upperQuartile: quantile(defined, 0.75),
    minimum: defined[0] as number,
    maximum: defined.at(-1) as number,
  };
}

/** @param values - At least one. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of a sample (n − 1). @param values - At least two. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** Between neighbours, linearly (type 7 of Hyndman and Fan, numpy's default). @param ascending - At least one, sorted. */
export function quantile(ascending: readonly number[], share: number): number {
  const at = share * (ascending.length - 1);
  const below = ascending[Math.floor(at)] as number;
  const above = ascending[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}
