/**
 * How a sample lies in its slice, while transforms are being put together.
 * @module
 */

/**
 * From a pixel of the sample, seen from its anchor, to the slice: `x = a·u + b·v`, `y = c·u + d·v`. Transforms are put on
 * from the right, so that the first of a list changes the slice first.
 */
export interface Placement {
  readonly linear: readonly [a: number, b: number, c: number, d: number];
  /** How far the point under the anchor moves in the slice, pixels of the slice. */
  readonly shiftPixels: readonly [x: number, y: number];
}

export const PLACED_PLAINLY: Placement = { linear: [1, 0, 0, 1], shiftPixels: [0, 0] };

/** Puts another linear map between the sample and what is there. */
export function followedBy(placement: Placement, [a, b, c, d]: Placement['linear']): Placement {
  const [p, q, r, s] = placement.linear;
  return { ...placement, linear: [p * a + q * c, p * b + q * d, r * a + s * c, r * b + s * d] };
}
