/**
 * Where a sample lies in a slice, and the random map that the affine moves of an augmentation make together: however many
 * they are, the slice is resampled once.
 * @module
 */
import type { CropBox } from '../../core/crop-box.ts';
import type { Random } from '../../core/random.ts';
import { type AffineMove, type Augmentation, isAffineMove } from './augmentation.ts';
import { flip } from './flip.ts';
import { happens } from './happens.ts';
import { PLACED_PLAINLY, type Placement } from './placement.ts';
import { rotate } from './rotation.ts';
import { shear } from './shear.ts';
import { shift } from './shift.ts';
import { zoom } from './zoom.ts';

/** Where a sample's pixel [u, v] is taken from in the slice: `x = a·u + b·v + c`, `y = d·u + e·v + f`. */
export type SampleMap = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** No change but the place: the sample's [0, 0] is the slice's [left, top]. */
export function plainMap(left: number, top: number): SampleMap {
  return [1, 0, left, 0, 1, top];
}

/**
 * The whole of a box, resized to a sample of another size: edges on edges, as ONNX's Resize with `half_pixel` does.
 * @param size - Pixels of the sample.
 */
export function resizedMap({ start, sizePixels }: CropBox, size: readonly [number, number]): SampleMap {
  const [across, down] = [sizePixels[0] / size[0], sizePixels[1] / size[1]];
  return [across, 0, start[0] + (across - 1) / 2, 0, down, start[1] + (down - 1) / 2];
}

/** What a random map turns about. */
export interface Pivot {
  /** Point of the slice that stays at the anchor (but for a shift), pixels. */
  readonly centre: readonly [x: number, y: number];
  /** Where it lies in the sample, pixels. */
  readonly anchor: readonly [u: number, v: number];
  /** Pixels of the slice a pixel of the sample, without zoom. */
  readonly scale: readonly [across: number, down: number];
}

/**
 * A random map about a pivot. The slice is changed in the order of the list, in the sample's pixels.
 * @param random - The affine moves draw from it, in the order of the list.
 */
export function sampleMap(random: Random, augmentation: Augmentation, { centre, anchor, scale }: Pivot): SampleMap {
  let placement = PLACED_PLAINLY;
  for (const move of augmentation.filter(isAffineMove)) if (happens(random, move)) placement = moved(placement, move, random);
  const { linear, shiftPixels } = placement;
  const [a, b] = [linear[0] * scale[0], linear[1] * scale[0]];
  const [d, e] = [linear[2] * scale[1], linear[3] * scale[1]];
  const [x, y] = [centre[0] + shiftPixels[0], centre[1] + shiftPixels[1]];
  return [a, b, x - a * anchor[0] - b * anchor[1], d, e, y - d * anchor[0] - e * anchor[1]];
}

/** Left and top of a window become the sample's [0, 0]. */
export function windowMap([a, b, c, d, e, f]: SampleMap, left: number, top: number): SampleMap {
  return [a, b, c + a * left + b * top, d, e, f + d * left + e * top];
}

function moved(placement: Placement, move: AffineMove, random: Random): Placement {
  switch (move.kind) {
    case 'flip':
      return flip(placement, move);
    case 'rotation':
      return rotate(placement, move, random);
    case 'zoom':
      return zoom(placement, move, random);
    case 'shear':
      return shear(placement, move, random);
    case 'shift':
      return shift(placement, move, random);
  }
}
