/**
 * Two label maps → whether they may be compared voxel by voxel.
 * @module
 */
import { applyAffine, norm, subtract, type Vector3 } from '../../core/affine.ts';
import { VoxwatchError } from '../../core/errors.ts';
import type { GridGeometry } from '../../core/volume.ts';
import type { Definitions } from './scores.ts';

/** Programs round affines to float32 and quaternions; a real shift is at least a part of a voxel. */
export const GRID_TOLERANCE_MM = 0.01;

/**
 * Checks that two maps lie on one grid.
 *
 * The official code compares arrays and does not look where they lie: KiTS23 means to compare sizes and to warn of unequal
 * spacings, but asks `all([i == j] for …)`, and a list with anything in it is true, so neither can ever fire; KiTS19 and
 * LiTS do not ask. Under their definitions only sizes must agree here (theirs fail later where sizes do not).
 * @throws {VoxwatchError} `GEOMETRY_MISMATCH`
 */
export function checkGrids(prediction: GridGeometry, truth: GridGeometry, definitions: Definitions): void {
  const [size, trueSize] = [prediction.sizeVoxels, truth.sizeVoxels];
  if (size.some((n, axis) => n !== trueSize[axis])) {
    throw new VoxwatchError(
      'GEOMETRY_MISMATCH',
      `Prediction and truth must have the same size: ${size.join(' × ')} voxels against ${trueSize.join(' × ')}.`,
      { prediction: size, truth: trueSize },
    );
  }
  if (definitions !== 'corrected') return;
  const shiftMm = gridShiftMm(prediction, truth);
  if (shiftMm > GRID_TOLERANCE_MM) {
    throw new VoxwatchError(
      'GEOMETRY_MISMATCH',
      `Prediction and truth must lie at the same place: the same voxel lies up to ${shiftMm.toPrecision(3)} mm apart.`,
      { shiftMm },
    );
  }
}

/** How far the same voxel of two grids of one size lies apart, at most, mm. */
export function gridShiftMm(a: GridGeometry, b: GridGeometry): number {
  return Math.max(...cornersOf(a.sizeVoxels).map((corner) => cornerShiftMm(a, b, corner)), sliceShiftMm(a, b));
}

function cornersOf([ni, nj, nk]: GridGeometry['sizeVoxels']): readonly Vector3[] {
  return [0, ni - 1].flatMap((i) => [0, nj - 1].flatMap((j) => [0, nk - 1].map((k): Vector3 => [i, j, k])));
}

function cornerShiftMm(a: GridGeometry, b: GridGeometry, corner: Vector3): number {
  return norm(subtract(applyAffine(a.voxelToWorld, corner), applyAffine(b.voxelToWorld, corner)));
}

/** Only one of the two may know that slices are uneven: NIfTI cannot say it. */
function sliceShiftMm({ slicePositionsMm: a }: GridGeometry, { slicePositionsMm: b }: GridGeometry): number {
  if (!a || !b) return 0;
  return Math.max(...a.map((position, k) => Math.abs(position - (b[k] as number))));
}
