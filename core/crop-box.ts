/**
 * Half-open boxes of pixels in a slice: what a later stage of a cascade looks at.
 * @module
 */

/** `[start, end)` along i and j. May leave the slice: what lies outside is padding. */
export interface CropBox {
  readonly start: readonly [i: number, j: number];
  readonly sizePixels: readonly [i: number, j: number];
}

/**
 * A box of a given size round a point; the point falls on the pixel at `floor(size / 2)`.
 * @param centre - Pixel coordinates, may be fractional.
 * @param sizePixels - Whole numbers ≥ 1.
 */
export function cropAround(centre: readonly [number, number], sizePixels: readonly [number, number]): CropBox {
  return {
    start: [Math.round(centre[0]) - Math.floor(sizePixels[0] / 2), Math.round(centre[1]) - Math.floor(sizePixels[1] / 2)],
    sizePixels,
  };
}

/** A crop's size on a grid that stands for the whole slice. */
export interface CropShare {
  readonly sizePixels: readonly [number, number];
  readonly onGridPixels: readonly [number, number];
}

/** Pixels of a crop in slices of a given size. A crop keeps its share of the slice: 256 of 512 pixels are 61 of 122. */
export function cropSize({ sizePixels, onGridPixels }: CropShare, sliceSize: readonly [number, number]): readonly [number, number] {
  const scaled = (axis: 0 | 1) => Math.max(1, Math.round((sizePixels[axis] * sliceSize[axis]) / onGridPixels[axis]));
  return [scaled(0), scaled(1)];
}

/** The part of a box that lies inside a slice of the given size; sizes are 0 where nothing does. */
export function insideSlice({ start, sizePixels }: CropBox, sliceSize: readonly [number, number]): CropBox {
  const lo = [Math.max(0, start[0]), Math.max(0, start[1])] as const;
  const hi = [Math.min(sliceSize[0], start[0] + sizePixels[0]), Math.min(sliceSize[1], start[1] + sizePixels[1])] as const;
  return { start: lo, sizePixels: [Math.max(0, hi[0] - lo[0]), Math.max(0, hi[1] - lo[1])] };
}
