/**
 * Two label maps → whether they may be compared voxel by voxel.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { gridShiftMm } from '../../core/grid-shift.ts';
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
