/**
 * A scan's voxels seen along a network's own axes, whatever order they are stored in: nothing is copied or interpolated.
 *
 * As everywhere here, an oblique scan is seen along the voxel axes nearest to the patient's.
 * @module
 */
import { affineSpacingMm } from '../../core/affine.ts';
import { type Direction, worldAxisOf } from '../../core/tile-stage.ts';
import { slicePlanes } from '../../core/volume.ts';
import type { AxialView } from '../reorient.ts';

/** Three numbers, one for each axis of the network, the slowest first. */
export type Triple<T = number> = readonly [first: T, second: T, third: T];

/** The same for each of the three axes. */
export function eachAxis<T>(of: (axis: 0 | 1 | 2) => T): Triple<T> {
  return [of(0), of(1), of(2)];
}

/** Where one axis of the network lies in the scan. */
export interface OrientedAxis {
  readonly sizeVoxels: number;
  /** Step in the native array; negative where the axis runs against it. */
  readonly stride: number;
  /** Distance of neighbouring voxels, mm; the mean one of uneven slices. */
  readonly spacingMm: number;
  /** Only of the axis across unevenly spaced slices: their positions from the first one on, mm, ascending. */
  readonly positionsMm?: readonly number[];
}

export interface OrientedGrid {
  readonly axes: Triple<OrientedAxis>;
  /** Native array index of voxel [0, 0, 0]. */
  readonly offset: number;
}

/** @param directions - Where the network's axes rise to, each world axis once. */
export function orientedGrid(view: AxialView, directions: Triple<Direction>): OrientedGrid {
  const { native } = view;
  const spacingMm = affineSpacingMm(native.voxelToWorld);
  let { offset } = view;
  const axes = eachAxis((networkAxis): OrientedAxis => {
    const { axis, isFlipped } = worldAxisOf(directions[networkAxis]);
    const sizeVoxels = view.sizeVoxels[axis];
    const stride = view.strides[axis];
    const { nativeAxis, isFlipped: isViewFlipped } = view.axes[axis];
    if (isFlipped) offset += (sizeVoxels - 1) * stride;
    const positions = nativeAxis === 2 ? native.slicePositionsMm : undefined;
    const isReversed = isFlipped !== isViewFlipped;
    return {
      sizeVoxels,
      stride: isFlipped ? -stride : stride,
      // Of slices what counts is how far apart their planes are: a gantry tilt shifts them along themselves.
      spacingMm: nativeAxis === 2 ? slicePlanes(native).stepMm : spacingMm[nativeAxis],
      ...(positions ? { positionsMm: fromFirst(isReversed ? positions.toReversed() : positions) } : {}),
    };
  });
  return { axes, offset };
}

function fromFirst(positions: readonly number[]): readonly number[] {
  return positions.map((position) => Math.abs(position - (positions[0] as number)));
}
