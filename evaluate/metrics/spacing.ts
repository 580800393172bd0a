/**
 * A grid → the perpendicular axes that distances are measured on.
 *
 * Distances are taken axis by axis, so the axes must be perpendicular. Uneven slices keep their true positions. A gantry
 * tilt shears the grid; its slices are then taken as lying straight above each other at their distance along the normal,
 * and the caller is told. Other scoring code takes the header's spacing, the slant length: its figures differ there.
 * @module
 */
import { affineColumn, affineDeterminant, affineSpacingMm, cross, dot, norm, normalize } from '../../core/affine.ts';
import type { GridGeometry } from '../../core/volume.ts';

/** Cosine between two axes above which they are not perpendicular. */
const PERPENDICULAR_TOLERANCE = 1e-4;

export interface MeasuringAxes {
  readonly spacingMm: readonly [i: number, j: number, k: number];
  /** Ascending, only where slices are uneven. */
  readonly slicePositionsMm?: Float64Array;
  readonly isSheared: boolean;
}

export function measuringAxes({ voxelToWorld, slicePositionsMm }: GridGeometry): MeasuringAxes {
  const columns = ([0, 1, 2] as const).map((axis) => affineColumn(voxelToWorld, axis));
  const [i, j, k] = columns as [(typeof columns)[0], (typeof columns)[0], (typeof columns)[0]];
  const isSheared = [dot(normalize(i), normalize(j)), dot(normalize(i), normalize(k)), dot(normalize(j), normalize(k))].some(
    (cosine) => Math.abs(cosine) > PERPENDICULAR_TOLERANCE,
  );
  const lengths = affineSpacingMm(voxelToWorld);
  const normalStep = Math.abs(affineDeterminant(voxelToWorld)) / norm(cross(i, j));
  const positions = slicePositionsMm && Float64Array.from(slicePositionsMm);
  if (positions && (positions[0] as number) > (positions.at(-1) as number)) {
    for (let n = 0; n < positions.length; n++) positions[n] = -(positions[n] as number);
  }
  return {
    spacingMm: [lengths[0], lengths[1], isSheared ? normalStep : lengths[2]],
    ...(positions ? { slicePositionsMm: positions } : {}),
    isSheared,
  };
}

/**
 * Slice positions of a part of the slices with one more slice at each end, as {@link MeasuringAxes.slicePositionsMm}.
 * Slices beyond the image lie at the outer distance.
 * @param first - First slice of the part.
 * @param end - After its last.
 */
export function positionsWithMargin(positions: Float64Array, first: number, end: number): Float64Array {
  const count = positions.length;
  const step = (n: number): number => (count < 2 ? 1 : (positions[n + 1] as number) - (positions[n] as number));
  return Float64Array.from({ length: end - first + 2 }, (_, n) => {
    const slice = first - 1 + n;
    if (slice < 0) return (positions[0] as number) - step(0);
    if (slice >= count) return (positions[count - 1] as number) + step(count - 2);
    return positions[slice] as number;
  });
}
