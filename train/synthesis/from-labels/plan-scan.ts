/**
 * Where the slices of a scan lie in a bent anatomy: field of view, matrix, slice step, which part of the body.
 * @module
 */
import type { Random } from '../../../core/random.ts';
import { type FieldRule, numberWithin, type Range, rangeWithin } from '../../augmentation/fields.ts';
import type { AcquisitionChoices } from '../acquisition.ts';
import type { Bend } from './bend.ts';
import type { ScanGrid } from './resample-template.ts';
import type { Template } from './template.ts';
import { CODES, membership } from './tissues.ts';

export interface ScanPlanDesign {
  /** Pixel spacing. */
  readonly pixelMm: Range;
  /** Field of view against the body's width; and where it cuts the body, how often and by how much. */
  readonly fieldOfView: Range;
  readonly cutProbability: number;
  readonly cutFieldOfView: Range;
  /** Slice steps and how often each is drawn, against the others. Slices are as thick as their step. */
  readonly sliceStepsMm: readonly (readonly [stepMm: number, weight: number])[];
  /** Length of the scan along the body. */
  readonly heightMm: Range;
  /** How far the body lies off the middle, at most. */
  readonly shiftMm: readonly [across: number, deep: number];
}

export const SCAN_PLAN: ScanPlanDesign = {
  pixelMm: [3, 3],
  fieldOfView: [1.03, 1.35],
  cutProbability: 0.1,
  cutFieldOfView: [0.88, 1],
  sliceStepsMm: [
    [2, 0.15],
    [3, 0.55],
    [5, 0.3],
  ],
  heightMm: [180, 380],
  shiftMm: [36, 30],
};

export const SCAN_PLAN_RULES: { readonly [K in keyof ScanPlanDesign]: FieldRule } = {
  pixelMm: rangeWithin(0.3, 10),
  fieldOfView: rangeWithin(0.3, 3),
  cutProbability: numberWithin(0, 1),
  cutFieldOfView: rangeWithin(0.3, 3),
  sliceStepsMm: (value) => {
    const isPair = (pair: unknown): boolean =>
      Array.isArray(pair) && pair.length === 2 && numberWithin(0.3, 20)(pair[0]) === undefined && pair[1] > 0;
    return Array.isArray(value) && value.length > 0 && value.every(isPair)
      ? undefined
      : 'a list of [step from 0.3 to 20 mm, weight above 0]';
  },
  heightMm: rangeWithin(3, 2000),
  shiftMm: (value) =>
    Array.isArray(value) && value.length === 2 && value.every((mm) => numberWithin(0, 300)(mm) === undefined)
      ? undefined
      : '[across, deep], numbers from 0 to 300',
};

export interface ScanPlan {
  /** The slices as they are delivered. */
  readonly grid: ScanGrid;
  /** Planes that are painted and averaged for one slice, evenly through its thickness; an odd number. */
  readonly planesPerSlice: number;
  readonly sliceThicknessMm: number;
}

/** Slices are laid round a voxel of one of these, so that most scans show them. */
const FOCUS = membership(['liver', 'renal-cortex', 'renal-medulla']);
/** Planes through a slice are at most about this far apart, mm. */
const PLANE_MM = 2.6;
/** Where a focus lies in the scan, from its lower end. */
const FOCUS_SHARE = [0.2, 0.8] as const;

export function planScan(
  random: Random,
  template: Template,
  bend: Bend,
  design: ScanPlanDesign,
  choices: AcquisitionChoices = {},
): ScanPlan {
  const extent = extentOf(template);
  const mm = (axis: 0 | 1 | 2): number => (extent.high[axis] - extent.low[axis] + 1) * template.spacingMm * bend.stretch[axis];
  const pixelMm = random.uniform(...design.pixelMm);
  const widest = Math.max(mm(0), mm(1));
  const factor = random.chance(design.cutProbability) ? design.cutFieldOfView : design.fieldOfView;
  const matrix = choices.matrix ?? Math.max(16, Math.round((widest * random.uniform(...factor)) / pixelMm));
  const stepMm =
    choices.sliceStepMm ??
    random.pick(
      design.sliceStepsMm.map(([step]) => step),
      design.sliceStepsMm.map(([, weight]) => weight),
    );
  const sliceThicknessMm = choices.sliceThicknessMm ?? stepMm;
  // The body's own middle, not the template's: pictures may have been cut unevenly.
  const centre = ([0, 1, 2] as const).map((axis) => {
    const offset = (extent.high[axis] + extent.low[axis] - template.sizeVoxels[axis] + 1) / 2;
    return offset * template.spacingMm * bend.stretch[axis] * (axis === 0 && bend.isMirrored ? -1 : 1);
  }) as [number, number, number];
  // Off the middle only as far as the margin allows, and a little further: scanners are centred.
  const shift = (axis: 0 | 1): number => {
    const most = Math.min(design.shiftMm[axis], Math.max(0, matrix * pixelMm - mm(axis)) / 2 + 15);
    return random.uniform(-most, most);
  };
  const half = ((matrix - 1) / 2) * pixelMm;
  const heightMm = choices.slices === undefined ? Math.min(mm(2), random.uniform(...design.heightMm)) : choices.slices * stepMm;
  const slices = choices.slices ?? Math.max(1, Math.floor(heightMm / stepMm));
  const focus = focusHeight(random, template) * bend.stretch[2];
  const [bottom, top] = [centre[2] - mm(2) / 2, centre[2] + mm(2) / 2 - slices * stepMm];
  const lowest = Math.max(bottom, Math.min(top, focus - random.uniform(...FOCUS_SHARE) * slices * stepMm)) + stepMm / 2;
  return {
    grid: {
      sizeVoxels: [matrix, matrix, slices],
      originMm: [centre[0] - half + shift(0), centre[1] - half + shift(1), lowest],
      spacingMm: [pixelMm, pixelMm, stepMm],
    },
    planesPerSlice: 2 * Math.round((sliceThicknessMm / PLANE_MM - 1) / 2 + 0.05) + 1,
    sliceThicknessMm,
  };
}

type Voxel = readonly [i: number, j: number, k: number];

/** The box of all that is not air. */
function extentOf({ sizeVoxels: [ni, nj, nk], tissues }: Template): { readonly low: Voxel; readonly high: Voxel } {
  const low: [number, number, number] = [ni, nj, 0];
  const high: [number, number, number] = [0, 0, nk - 1];
  for (let p = 0; p < tissues.length; p++) {
    if (tissues[p] === CODES.air) continue;
    const i = p % ni;
    const j = Math.floor(p / ni) % nj;
    if (i < low[0]) low[0] = i;
    if (i > high[0]) high[0] = i;
    if (j < low[1]) low[1] = j;
    if (j > high[1]) high[1] = j;
  }
  return { low, high };
}

/** Height of a random voxel of the focus over the template's middle, mm; of the middle itself where there is none. */
function focusHeight(random: Random, { sizeVoxels: [ni, nj, nk], spacingMm, tissues }: Template): number {
  const counts = new Float64Array(nk);
  tissues.forEach((code, p) => {
    const k = Math.floor(p / (ni * nj));
    if (FOCUS[code]) counts[k] = (counts[k] as number) + 1;
  });
  const k = counts.some((count) => count > 0) ? random.pick([...counts.keys()], [...counts]) : (nk - 1) / 2;
  return (k - (nk - 1) / 2) * spacingMm;
}

/** The planes that are painted: the slices themselves where one plane a slice is enough. */
export function paintedGrid({ grid, planesPerSlice: n, sliceThicknessMm }: ScanPlan): ScanGrid {
  if (n === 1) return grid;
  const [ni, nj, nk] = grid.sizeVoxels;
  return {
    sizeVoxels: [ni, nj, nk * n],
    originMm: [grid.originMm[0], grid.originMm[1], grid.originMm[2] + sliceThicknessMm * (0.5 / n - 0.5)],
    spacingMm: [grid.spacingMm[0], grid.spacingMm[1], grid.spacingMm[2] / n],
  };
}
