/**
 * The antialiased resize of `resize-antialiased.ts`, and the air behind it up to whole multiples, as three matrices: for
 * engines that have no such operator, but multiply. Slice · matrices differ from it in the order of their sums alone.
 * @module
 */
import { PADDING_HU } from './millimetre-grid.ts';
import type { SliceSize } from './resize.ts';
import { resizeWeights } from './resize-antialiased.ts';

/** `rows · slice · columns + air` is the slice on the network's grid. Row-major, float32. */
export interface ResizeMatrices {
  /** [padded height, height]. */
  readonly rows: Float32Array;
  /** [width, padded width]. */
  readonly columns: Float32Array;
  /** [padded height, padded width]: 0 on the grid, what air is beyond it. */
  readonly air: Float32Array;
  readonly paddedPixels: SliceSize;
}

/**
 * @param fromPixels - Of the slice.
 * @param gridPixels - Of the slice on the network's grid.
 * @param multipleOf - What the padded grid is a whole multiple of.
 */
export function resizeMatrices(fromPixels: SliceSize, gridPixels: SliceSize, multipleOf: number): ResizeMatrices {
  const padded = (size: number): number => Math.ceil(size / multipleOf) * multipleOf;
  const paddedPixels: SliceSize = [padded(gridPixels[0]), padded(gridPixels[1])];
  const [[width, height], [gridWidth, gridHeight], [paddedWidth, paddedHeight]] = [fromPixels, gridPixels, paddedPixels];
  const rows = new Float32Array(paddedHeight * height);
  rows.set(resizeWeights(height, gridHeight));
  const columns = new Float32Array(width * paddedWidth);
  const across = resizeWeights(width, gridWidth);
  for (let u = 0; u < gridWidth; u++)
    for (let x = 0; x < width; x++) columns[x * paddedWidth + u] = across[u * width + x] as number;
  const air = new Float32Array(paddedWidth * paddedHeight).fill(PADDING_HU);
  for (let v = 0; v < gridHeight; v++) air.fill(0, v * paddedWidth, v * paddedWidth + gridWidth);
  return { rows, columns, air, paddedPixels };
}
