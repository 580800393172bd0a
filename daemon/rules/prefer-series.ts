/**
 * Several series of a study → the one that suits segmentation best: original, axial, thin, soft kernel.
 * @module
 */
import type { SeriesTraits } from './series-traits.ts';

/** Slices up to this thickness show small lesions; all such are equally thin until nothing else tells series apart. */
const THIN_MM = 3;

/** The first criterion that tells two series apart decides; smaller is better. */
const CRITERIA: readonly { readonly rank: (traits: SeriesTraits) => number; readonly because: string }[] = [
  { rank: ({ isOriginal }) => (isOriginal === true ? 0 : 1), because: 'it is as acquired' },
  { rank: ({ orientation }) => (orientation === 'axial' ? 0 : 1), because: 'its slices are axial' },
  { rank: ({ thicknessMm = Number.POSITIVE_INFINITY }) => (thicknessMm <= THIN_MM ? 0 : 1), because: 'its slices are thin' },
  { rank: ({ kernel }) => SHARPNESS_ORDER.indexOf(kernelSharpness(kernel)), because: 'its kernel is softer' },
  { rank: ({ thicknessMm = Number.POSITIVE_INFINITY }) => thicknessMm, because: 'its slices are thinner' },
  { rank: ({ slices }) => -slices, because: 'it has more slices' },
];

const SHARPNESS_ORDER = ['soft', 'unknown', 'sharp'] as const;

/**
 * The best of several series, and for each other one why it is not.
 * @param series - At least one; of equal ones the first is the best.
 * @returns positions in `series`.
 */
export function preferSeries(series: readonly SeriesTraits[]): {
  readonly best: number;
  readonly because: ReadonlyMap<number, string>;
} {
  const order = [...series.keys()].sort(
    (a, b) => decidingDifference(series[a] as SeriesTraits, series[b] as SeriesTraits).difference || a - b,
  );
  const [best = 0, ...others] = order;
  const because = new Map(
    others.map((other) => [other, decidingDifference(series[best] as SeriesTraits, series[other] as SeriesTraits).because]),
  );
  return { best, because };
}

function decidingDifference(a: SeriesTraits, b: SeriesTraits): { readonly difference: number; readonly because: string } {
  for (const { rank, because } of CRITERIA) {
    const [left, right] = [rank(a), rank(b)];
    if (left !== right) return { difference: left < right ? -1 : 1, because };
  }
  return { difference: 0, because: 'it comes first' };
}

/**
 * How sharp a convolution kernel is, by the makers' names: Siemens B30s, Br40d, I31f, Qr44 (from 50 on sharp); GE SOFT,
 * STANDARD, LUNG, BONE, EDGE; Philips A, B, L, YC; Canon FC01–FC19 body, FC50–FC59 and FC80–FC89 lung and bone.
 */
export function kernelSharpness(kernel: string | undefined): (typeof SHARPNESS_ORDER)[number] {
  const name = kernel?.trim().toUpperCase() ?? '';
  const canon = /^FC(\d\d)/.exec(name);
  if (canon) {
    const number = Number(canon[1]);
    return number < 20 ? 'soft' : number >= 30 && number < 40 ? 'sharp' : number >= 50 ? 'sharp' : 'unknown';
  }
  const siemens = /^[A-Z]{1,2}(\d\d)[A-Z]?/.exec(name);
  if (siemens) return Number(siemens[1]) < 50 ? 'soft' : 'sharp';
  if (/^(SOFT|STANDARD|STND|A|B)$/.test(name)) return 'soft';
  return /^(LUNG|BONE|BONEPLUS|EDGE|ULTRA|D|E|L|Y[A-D])$/.test(name) ? 'sharp' : 'unknown';
}
