/**
 * The grid of a network that works in millimetres: how many of its pixels a part of a slice has.
 *
 * The same rule in training, in the certificate and at work: the part keeps its edges, and its pixels come out as near to
 * the spacing as a whole number of them allows.
 * @module
 */
import type { SliceSize } from './resize.ts';

/** What lies beyond a slice on that grid, HU: air. */
export const PADDING_HU = -1024;

/** What stands for a probability of 1 in a network's uint8 output. */
export const CERTAIN = 255;

/**
 * Size of a part of a slice on the network's grid, at least one pixel.
 * @param sizePixels - Of the part, in pixels of the slice.
 * @param pixelMm - Distance between pixels of the slice, along x and y.
 * @param spacingMm - Distance between pixels of the network.
 */
export function networkSize(sizePixels: SliceSize, pixelMm: readonly [x: number, y: number], spacingMm: number): SliceSize {
  const along = (axis: 0 | 1): number => Math.max(1, Math.round((sizePixels[axis] * pixelMm[axis]) / spacingMm));
  return [along(0), along(1)];
}

/**
 * Images on a padded grid → the same without what stands at their right and bottom.
 * @param values - Image after image, each row-major; from 0 to 255.
 */
export function cutGrids(
  values: ArrayLike<number>,
  [paddedWidth, paddedHeight]: SliceSize,
  [width, height]: SliceSize,
): Uint8Array {
  const images = values.length / (paddedWidth * paddedHeight);
  const cut = new Uint8Array(images * width * height);
  for (let row = 0, to = 0; row < images * height; row++) {
    let from = (Math.floor(row / height) * paddedHeight + (row % height)) * paddedWidth;
    for (let u = 0; u < width; u++) cut[to++] = values[from++] as number;
  }
  return cut;
}
