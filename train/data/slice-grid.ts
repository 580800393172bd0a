/**
 * The grid that a store keeps its slices on, and how a slice of a scan comes onto it.
 * @module
 */
import { affineSpacingMm } from '../../core/affine.ts';
import type { AxialView } from '../../preprocess/reorient.ts';
import { resizeLabelSlice, type SliceSize } from '../../preprocess/resize.ts';
import { resizeHuAntialiased } from '../../preprocess/resize-antialiased.ts';

/** Slices stretched to one size; or brought to one spacing and laid into the middle of a canvas. Plain data. */
export type SliceGrid =
  | { readonly kind: 'pixels'; readonly sizePixels: SliceSize }
  | { readonly kind: 'millimetres'; readonly spacingMm: number; readonly sizePixels: SliceSize };

/** What lies on a canvas beside the slice, HU. */
const AIR_HU = -1000;

export interface GridSlice {
  readonly hu: Int16Array | Float32Array;
  readonly labels: Uint8Array;
}

/** Brings slices of a view onto a grid in millimetres, values as the runtime brings them there. */
export function canvasOf(
  view: AxialView,
  { spacingMm, sizePixels }: Extract<SliceGrid, { kind: 'millimetres' }>,
): (slice: GridSlice) => GridSlice {
  const [nx, ny] = view.sizeVoxels;
  const [sx, sy] = affineSpacingMm(view.voxelToWorld);
  const size: SliceSize = [Math.max(1, Math.round((nx * sx) / spacingMm)), Math.max(1, Math.round((ny * sy) / spacingMm))];
  const isFitting = size[0] === nx && size[1] === ny;
  return ({ hu, labels }) => {
    const pixels = sizePixels[0] * sizePixels[1];
    const out = { hu: new Float32Array(pixels).fill(AIR_HU), labels: new Uint8Array(pixels) };
    layInMiddle(isFitting ? hu : resizeHuAntialiased(hu, [nx, ny], size), size, out.hu, sizePixels);
    layInMiddle(isFitting ? labels : resizeLabelSlice(labels, [nx, ny], size), size, out.labels, sizePixels);
    return out;
  };
}

/** What is larger than the canvas is cut off on both sides. */
function layInMiddle(from: ArrayLike<number>, [fw, fh]: SliceSize, into: Float32Array | Uint8Array, [iw, ih]: SliceSize): void {
  const [left, top] = [Math.floor((iw - fw) / 2), Math.floor((ih - fh) / 2)];
  for (let y = Math.max(0, -top); y < fh && y + top < ih; y++)
    for (let x = Math.max(0, -left); x < fw && x + left < iw; x++) into[(y + top) * iw + x + left] = from[y * fw + x] as number;
}
