/**
 * Where tiles begin along one axis, so that they cover it whole.
 *
 * Sources: nnU-Net's `compute_steps_for_sliding_window`; MONAI's `dense_patch_slices` with the interval of
 * `sliding_window_inference`.
 * @module
 */
import type { TileNetwork } from '../../core/tile-stage.ts';
import { roundHalfToEven } from './network-grid.ts';

/**
 * @param size - Of the axis, padded: at least the tile.
 * @param stepFraction - From one tile to the next, as a share of the tile.
 * @returns ascending starts; the first is 0, the last tile ends where the axis does.
 */
export function tileStarts(
  size: number,
  tile: number,
  { stepFraction, stepping }: Pick<TileNetwork, 'stepFraction' | 'stepping'>,
): number[] {
  const last = size - tile;
  if (stepping === 'spread') {
    const count = Math.ceil(last / (tile * stepFraction)) + 1;
    return Array.from({ length: count }, (_, n) => (count === 1 ? 0 : roundHalfToEven((last / (count - 1)) * n)));
  }
  const step = Math.max(1, Math.trunc(tile * stepFraction));
  const count = Math.ceil(last / step) + 1;
  return Array.from({ length: count }, (_, n) => Math.min(n * step, last));
}
