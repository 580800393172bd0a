/**
 * An augmentation: what happens to a training sample, as a list that can stand in a recipe and be written as JSON.
 *
 * HU stand for whatever unit the slices are stored in.
 * @module
 */
import type { DrawnLesions } from './drawn-lesions.ts';
import type { Elastic } from './elastic.ts';
import type { Flip } from './flip.ts';
import type { Gamma } from './gamma.ts';
import type { GaussianBlur } from './gaussian-blur.ts';
import type { GaussianNoise } from './gaussian-noise.ts';
import type { Intensity } from './intensity.ts';
import type { PerlinNoise } from './perlin-noise.ts';
import type { Rotation } from './rotation.ts';
import type { Shear } from './shear.ts';
import type { Shift } from './shift.ts';
import type { WindowJitter } from './window.ts';
import type { Zoom } from './zoom.ts';

/** Moves image and mask alike; all of a list make one map together. */
export type AffineMove = Flip | Rotation | Zoom | Shear | Shift;

/** Changes the image's values; the mask stays. */
export type ValueChange = GaussianBlur | Intensity | Gamma | WindowJitter | GaussianNoise | PerlinNoise;

/** Each is applied with its own probability, whatever the others of the list do. */
export type Transform = AffineMove | Elastic | DrawnLesions | ValueChange;

/**
 * In the order in which a sample is changed: affine moves, at most one elastic move, lesions that are drawn, changes of
 * values. A recipe's is checked with `checkAugmentation`.
 */
export type Augmentation = readonly Transform[];

const AFFINE_MOVES: readonly string[] = ['flip', 'rotation', 'zoom', 'shear', 'shift'] satisfies AffineMove['kind'][];

export function isAffineMove(transform: Transform): transform is AffineMove {
  return AFFINE_MOVES.includes(transform.kind);
}

export function isValueChange(transform: Transform): transform is ValueChange {
  return transform.kind !== 'elastic' && transform.kind !== 'drawn-lesions' && !isAffineMove(transform);
}
