/**
 * The truth of a case → the same on the grid of its scan: programs write masks in voxel orders of their own.
 * @module
 */
import type { Affine } from '../../core/affine.ts';
import { VoxwatchError } from '../../core/errors.ts';
import { type GridGeometry, type LabelMap, voxelCount } from '../../core/volume.ts';
import { gridMismatch, gridToGrid, resampleLabels } from '../../evaluate/resample.ts';

/** How far from whole voxels a reordered grid may lie: affines come as float32. */
const TOLERANCE_VOXELS = 0.05;

/**
 * Reorders voxels; never resamples.
 * @throws {VoxwatchError} `GEOMETRY_MISMATCH` where the truth has other voxels than the scan.
 */
export function truthOnScan(truth: LabelMap, scan: GridGeometry): LabelMap {
  const mismatch = gridMismatch(scan, truth.geometry);
  if (mismatch === undefined) return truth;
  const toTruth = gridToGrid(scan, truth.geometry);
  if (voxelCount(scan) === voxelCount(truth.geometry) && isReordering(toTruth, scan)) return resampleLabels(truth, scan, toTruth);
  throw new VoxwatchError(
    'GEOMETRY_MISMATCH',
    `The labels of a case given with --labelled lie on another grid than its scan: ${mismatch}.`,
  );
}

/** Whether a step of one grid is a whole step of the other, its error at the far end too. */
function isReordering(toTruth: Affine, { sizeVoxels }: GridGeometry): boolean {
  const reach = [...sizeVoxels, 1];
  return [0, 1, 2].every((row) =>
    reach.every((steps, column) => {
      const value = toTruth[row * 4 + column] as number;
      return Math.abs(value - Math.round(value)) * steps <= TOLERANCE_VOXELS;
    }),
  );
}
