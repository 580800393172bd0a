/**
 * What a scanner makes of painted planes: slices of their thickness, a table and arms beside the body, the kernel's blur or
 * sharpness, grain, and the circle of the reconstruction.
 * @module
 */
import type { Random } from '../../../core/random.ts';
import { type FieldRule, numberWithin, type Range, rangeWithin } from '../../augmentation/fields.ts';
import { paintTable } from '../acquisition.ts';
import { blurSlice } from '../blur-slice.ts';
import { ARM_RULES, type ArmDesign, type BodyBox, sampleArms } from './arms.ts';
import type { ScanPlan } from './plan-scan.ts';
import { planeOf } from './textures.ts';
import { CODES } from './tissues.ts';

export interface ScannerDesign extends ArmDesign {
  readonly blurProbability: number;
  /** Standard deviation of the bell. */
  readonly blurPixels: Range;
  readonly sharpProbability: number;
  /** How much of the difference from a blurred slice is added. */
  readonly sharpness: Range;
  readonly whiteNoiseProbability: number;
  readonly whiteNoiseHu: Range;
  readonly correlatedNoiseProbability: number;
  readonly correlatedNoiseHu: Range;
  /** Standard deviation of the bell that correlates it. */
  readonly correlatedNoisePixels: Range;
  readonly circleProbability: number;
  /** Radius of the reconstruction against half the matrix. */
  readonly circleRadius: Range;
  readonly tableProbability: number;
}

export const SCANNER: ScannerDesign = {
  blurProbability: 0.35,
  blurPixels: [0.3, 0.9],
  sharpProbability: 0.15,
  sharpness: [0.3, 1],
  whiteNoiseProbability: 0.6,
  whiteNoiseHu: [0, 18],
  correlatedNoiseProbability: 0.35,
  correlatedNoiseHu: [5, 35],
  correlatedNoisePixels: [0.6, 1.1],
  circleProbability: 0.2,
  circleRadius: [0.75, 1.15],
  armProbability: 0.12,
  armMm: [32, 50],
  tableProbability: 0.25,
};

export const SCANNER_RULES: { readonly [K in keyof ScannerDesign]: FieldRule } = {
  blurProbability: numberWithin(0, 1),
  blurPixels: rangeWithin(0.1, 5),
  sharpProbability: numberWithin(0, 1),
  sharpness: rangeWithin(0, 5),
  whiteNoiseProbability: numberWithin(0, 1),
  whiteNoiseHu: rangeWithin(0, 200),
  correlatedNoiseProbability: numberWithin(0, 1),
  correlatedNoiseHu: rangeWithin(0, 200),
  correlatedNoisePixels: rangeWithin(0.5, 5),
  circleProbability: numberWithin(0, 1),
  circleRadius: rangeWithin(0.2, 1.5),
  tableProbability: numberWithin(0, 1),
  ...ARM_RULES,
};

export interface PaintedPlanes {
  /** Painted planes of the plan's painted grid, i fastest. */
  readonly hu: Float32Array;
  readonly tissues: Uint8Array;
  /** Standard white noise, longer than a slice. */
  readonly noise: Float32Array;
}

const LOWEST_HU = -1024;
const HIGHEST_HU = 3071;
/** What scanners write outside of the circle. */
const PADDING_HU = [-1024, -2000, -3024] as const;
/** The bell of the blurred slice that sharpening subtracts, pixels. */
const SHARPENING_SIGMA = 1;

/** @returns int16 HU of the slices, i fastest. */
export function acquire(random: Random, { hu, tissues, noise }: PaintedPlanes, plan: ScanPlan, design: ScannerDesign): Int16Array {
  const { grid, planesPerSlice } = plan;
  const [ni, nj, nk] = grid.sizeVoxels;
  const pixels = ni * nj;
  const plane = planeOf(grid);
  const body = bodyBox(tissues, plan);
  const table = random.chance(design.tableProbability) ? sampleTable(random.fork('table'), body.backMm) : undefined;
  const arms = random.chance(design.armProbability) ? sampleArms(random.fork('arms'), body, design) : undefined;
  const kernel = sampleKernel(random.fork('kernel'), design);
  const white = random.chance(design.whiteNoiseProbability) ? random.uniform(...design.whiteNoiseHu) : 0;
  const correlated = random.chance(design.correlatedNoiseProbability) ? random.uniform(...design.correlatedNoiseHu) : 0;
  const correlation = random.uniform(...design.correlatedNoisePixels);
  // A bell of σ pixels leaves 1 / (2σ√π) of white noise's standard deviation.
  const gain = correlated * 2 * correlation * Math.sqrt(Math.PI);
  const circle = random.chance(design.circleProbability)
    ? { radius: (random.uniform(...design.circleRadius) * ni) / 2, padding: random.pick(PADDING_HU) }
    : undefined;
  const grain = random.fork('grain');
  const out = new Int16Array(pixels * nk);
  const mean = new Float32Array(pixels);
  for (let k = 0; k < nk; k++) {
    mean.fill(0);
    for (let n = 0; n < planesPerSlice; n++) {
      const from = (k * planesPerSlice + n) * pixels;
      for (let p = 0; p < pixels; p++) mean[p] = (mean[p] as number) + (hu[from + p] as number) / planesPerSlice;
    }
    if (table) paintTable({ plane, table }, mean);
    arms?.(plane, grid.originMm[2] + k * grid.spacingMm[2], mean);
    const slice = kernel(mean, [ni, nj]);
    const whiteFrom = grain.integer(0, noise.length - pixels);
    const from = grain.integer(0, noise.length - pixels);
    const smooth = correlated > 0 ? blurSlice(noise.subarray(from, from + pixels), [ni, nj], correlation) : undefined;
    for (let p = 0; p < pixels; p++) {
      const value = (slice[p] as number) + white * (noise[whiteFrom + p] as number) + (smooth ? gain * (smooth[p] as number) : 0);
      out[k * pixels + p] = Math.max(LOWEST_HU, Math.min(HIGHEST_HU, Math.round(value)));
    }
    if (circle) cutCircle(out.subarray(k * pixels, (k + 1) * pixels), [ni, nj], circle);
  }
  return out;
}

function sampleTable(random: Random, backMm: number) {
  return {
    topMm: backMm + random.uniform(2, 10),
    halfWidthMm: random.uniform(190, 230),
    curveMm: random.uniform(20, 60),
  };
}

function sampleKernel(
  random: Random,
  design: ScannerDesign,
): (slice: Float32Array, size: readonly [number, number]) => Float32Array {
  const kind = random.uniform(0, 1);
  const sigma = random.uniform(...design.blurPixels);
  const sharpness = random.uniform(...design.sharpness);
  if (kind < design.blurProbability) return (slice, size) => blurSlice(slice, size, sigma);
  if (kind >= design.blurProbability + design.sharpProbability) return (slice) => slice;
  return (slice, size) => {
    const soft = blurSlice(slice, size, SHARPENING_SIGMA);
    return soft.map((value, p) => (slice[p] as number) + sharpness * ((slice[p] as number) - value));
  };
}

function cutCircle(
  slice: Int16Array,
  [ni, nj]: readonly [number, number],
  { radius, padding }: { readonly radius: number; readonly padding: number },
): void {
  for (let j = 0, p = 0; j < nj; j++)
    for (let i = 0; i < ni; i++, p++) if (Math.hypot(i - (ni - 1) / 2, j - (nj - 1) / 2) > radius) slice[p] = padding;
}

function bodyBox(tissues: Uint8Array, { grid: { sizeVoxels, originMm, spacingMm }, planesPerSlice }: ScanPlan): BodyBox {
  const [ni, nj, nk] = sizeVoxels;
  const from = Math.floor((nk * planesPerSlice) / 2) * ni * nj;
  let [right, left, front, back] = [ni, 0, nj, 0];
  for (let j = 0, p = from; j < nj; j++)
    for (let i = 0; i < ni; i++, p++) {
      if (tissues[p] === CODES.air) continue;
      right = Math.min(right, i);
      left = Math.max(left, i);
      front = Math.min(front, j);
      back = Math.max(back, j);
    }
  const x = (i: number): number => originMm[0] + i * spacingMm[0];
  const y = (j: number): number => originMm[1] + j * spacingMm[1];
  return { rightMm: x(right), leftMm: x(left), frontMm: y(front), backMm: y(back) };
}
