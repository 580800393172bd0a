/**
 * Image planes of one series → their order, the grid they form, and what is odd about it.
 * Sources: DICOM PS3.3 C.7.6.2.1.1 (plane equation); design: geometry comes from positions, never from thickness.
 * @module
 */
import { affineFromColumns, cross, dot, norm, normalize, scale, subtract, type Vector3 } from '../../core/affine.ts';
import { VoxwatchError } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import { createGeometry, type GridGeometry } from '../../core/volume.ts';
import type { ImagePlane } from './instance.ts';

/** Row and column directions may miss unit length and right angle by this; they are then made exact. */
export const ORIENTATION_TOLERANCE = 1e-3;

/** Two slices nearer than this lie at the same place, mm. */
export const SAME_POSITION_MM = 0.01;

/** Slices may miss their place in an even stack by this part of a step (scanners round positions to 0.1 mm). */
const EVEN_TOLERANCE = 0.1;

/** A step is a whole multiple of the usual one if it misses that by at most this part of it. */
const MULTIPLE_TOLERANCE = 0.2;

/** Slices may lie off the straight line from first to last by this, mm. */
const STRAIGHT_TOLERANCE_MM = 0.5;

/** Below this angle between stack and slice normal, degrees, there is no tilt worth a word. */
const TILT_TOLERANCE_DEGREES = 0.1;

/** Fewer slices than this are no evidence for a slice distance. */
const FEW_SLICES = 3;

/** How slices stack. */
export interface SliceLattice {
  /** For each k, ascending along the slice normal: the index of its plane. */
  readonly order: readonly number[];
  readonly geometry: GridGeometry;
  readonly findings: readonly Finding[];
  /** Whether at least three slices lie evenly: then none is missing in between. */
  readonly isClosed: boolean;
}

/**
 * Orders slices along the normal of their plane and derives the grid: i along the rows (column index), j along the
 * columns (row index), k ascending along `row × column`. A gantry tilt becomes a shear.
 * @param planes - Of the same orientation and spacing, in any order; no two at the same place.
 * @param size - Columns and rows.
 * @param thicknessMm - Stands for the step where there is only one slice.
 * @throws {VoxwatchError} `DICOM_NO_GEOMETRY` if directions are not at right angles; `DICOM_MIXED_SERIES` if the slices
 *   do not lie on one line; `GEOMETRY_INVALID`.
 */
export function buildLattice(
  planes: readonly ImagePlane[],
  size: readonly [columns: number, rows: number],
  thicknessMm = 1,
): SliceLattice {
  const rough = orthonormal(planes[0] as ImagePlane).normal;
  const order = [...planes.keys()].sort((a, b) => heightOf(planes, a, rough) - heightOf(planes, b, rough));
  // The lowest slice speaks for all, so that noise in the directions does not make the grid depend on the order of files.
  const lowest = planes[order[0] as number] as ImagePlane;
  const { row, column, normal } = orthonormal(lowest);
  const positions = order.map((index) => (planes[index] as ImagePlane).position);
  const heights = order.map((index) => heightOf(planes, index, normal));
  const [first, last] = [positions[0] as Vector3, positions.at(-1) as Vector3];
  const step = positions.length > 1 ? scale(subtract(last, first), 1 / (positions.length - 1)) : scale(normal, thicknessMm || 1);
  checkStraight(positions, heights);
  const { betweenRows, betweenColumns } = spacingOf(lowest);
  const spread = spreadOf(heights);
  return {
    order,
    geometry: createGeometry({
      sizeVoxels: [size[0], size[1], positions.length],
      voxelToWorld: affineFromColumns(scale(row, betweenColumns), scale(column, betweenRows), step, first),
      ...(spread.kind === 'even' ? {} : { slicePositionsMm: heights }),
    }),
    findings: [...spreadFindings(spread), ...tiltFindings(step, normal), ...fewFindings(positions.length)],
    isClosed: spread.kind === 'even' && positions.length >= FEW_SLICES,
  };
}

/** Position along the slice normal, mm: what slices are ordered by. */
export function heightAlongNormal({ position, rowDirection, columnDirection }: ImagePlane): number {
  return dot(position, normalize(cross(rowDirection, columnDirection)));
}

function heightOf(planes: readonly ImagePlane[], index: number, normal: Vector3): number {
  return dot((planes[index] as ImagePlane).position, normal);
}

function spacingOf({ spacingMm: [betweenRows, betweenColumns] }: ImagePlane): { betweenRows: number; betweenColumns: number } {
  if (!(betweenRows > 0 && betweenColumns > 0)) {
    throw new VoxwatchError('DICOM_NO_GEOMETRY', 'The distance between pixels is not above 0.');
  }
  return { betweenRows, betweenColumns };
}

/** Whether planes, in any order, form a stack of at least three slices at even distances, none at the place of another. */
export function isEvenStack(planes: readonly ImagePlane[]): boolean {
  if (planes.length < FEW_SLICES) return false;
  const { rowDirection, columnDirection } = planes[0] as ImagePlane;
  const normal = normalize(cross(rowDirection, columnDirection));
  const heights = planes.map(({ position }) => dot(position, normal)).sort((a, b) => a - b);
  const isApart = heights.every((height, k) => k === 0 || height - (heights[k - 1] as number) >= SAME_POSITION_MM);
  return isApart && spreadOf(heights).kind === 'even';
}

function orthonormal({ rowDirection, columnDirection }: ImagePlane): { row: Vector3; column: Vector3; normal: Vector3 } {
  const isExact =
    Math.abs(norm(rowDirection) - 1) <= ORIENTATION_TOLERANCE &&
    Math.abs(norm(columnDirection) - 1) <= ORIENTATION_TOLERANCE &&
    Math.abs(dot(rowDirection, columnDirection)) <= ORIENTATION_TOLERANCE;
  if (!isExact) {
    throw new VoxwatchError('DICOM_NO_GEOMETRY', 'The row and column directions of the slices are not at right angles.');
  }
  const row = normalize(rowDirection);
  const column = normalize(subtract(columnDirection, scale(row, dot(row, columnDirection))));
  return { row, column, normal: cross(row, column) };
}

/** Slices must lie where the straight line through first and last crosses their height. */
function checkStraight(positions: readonly Vector3[], heights: readonly number[]): void {
  const [first, last] = [positions[0] as Vector3, positions.at(-1) as Vector3];
  const total = (heights.at(-1) as number) - (heights[0] as number);
  if (total === 0) return;
  const along = subtract(last, first);
  const worst = Math.max(
    ...positions.map((position, k) => {
      const part = ((heights[k] as number) - (heights[0] as number)) / total;
      return norm(subtract(subtract(position, first), scale(along, part)));
    }),
  );
  if (worst > STRAIGHT_TOLERANCE_MM) {
    throw new VoxwatchError(
      'DICOM_MIXED_SERIES',
      `The slices do not lie in one straight stack: one is ${worst.toFixed(1)} mm off. Send each stack as a series of its own.`,
      { offMm: worst },
    );
  }
}

type Spread =
  | { readonly kind: 'even' }
  | { readonly kind: 'gap'; readonly missing: number; readonly usualMm: number }
  | { readonly kind: 'uneven'; readonly smallestMm: number; readonly largestMm: number };

function spreadOf(heights: readonly number[]): Spread {
  const steps = heights.slice(1).map((height, k) => height - (heights[k] as number));
  if (steps.length < 2) return { kind: 'even' };
  const first = heights[0] as number;
  const mean = ((heights.at(-1) as number) - first) / steps.length;
  if (heights.every((height, k) => Math.abs(height - first - k * mean) <= EVEN_TOLERANCE * mean)) return { kind: 'even' };
  const sorted = [...steps].sort((a, b) => a - b);
  const usualMm = sorted[Math.floor((sorted.length - 1) / 2)] as number;
  const multiples = steps.map((step) => Math.round(step / usualMm));
  const isLattice = steps.every(
    (step, k) => (multiples[k] as number) >= 1 && Math.abs(step / usualMm - (multiples[k] as number)) <= MULTIPLE_TOLERANCE,
  );
  const missing = multiples.reduce((sum, multiple) => sum + multiple - 1, 0);
  if (isLattice && missing > 0) return { kind: 'gap', missing, usualMm };
  return { kind: 'uneven', smallestMm: sorted[0] as number, largestMm: sorted.at(-1) as number };
}

function spreadFindings(spread: Spread): Finding[] {
  if (spread.kind === 'gap') {
    const slices = spread.missing === 1 ? '1 slice seems' : `${spread.missing} slices seem`;
    const message = `${slices} to be missing: the slices are ${spread.usualMm.toFixed(2)} mm apart, with holes.`;
    return [{ code: 'SLICE_GAP', severity: 'warning', message }];
  }
  if (spread.kind === 'uneven') {
    const range = `${spread.smallestMm.toFixed(2)} to ${spread.largestMm.toFixed(2)} mm`;
    const message = `The distance between slices varies from ${range}; volumes are measured with the true distances.`;
    return [{ code: 'UNEVEN_SLICES', severity: 'warning', message }];
  }
  return [];
}

function tiltFindings(step: Vector3, normal: Vector3): Finding[] {
  const degrees = (Math.acos(Math.min(1, dot(normalize(step), normal))) * 180) / Math.PI;
  if (degrees <= TILT_TOLERANCE_DEGREES) return [];
  const message = `The gantry was tilted by ${degrees.toFixed(1)}°: the stack is sheared, and measured as such.`;
  return [{ code: 'GANTRY_TILT', severity: 'info', message }];
}

function fewFindings(slices: number): Finding[] {
  if (slices >= FEW_SLICES) return [];
  const count = slices === 1 ? 'only one slice' : `only ${slices} slices`;
  return [{ code: 'FEW_SLICES', severity: 'warning', message: `There is ${count}: volumes are not reliable.` }];
}
