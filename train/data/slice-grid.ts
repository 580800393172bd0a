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
  | {
      readonly kind: 'millimetres';
      readonly spacingMm: number;
      readonly sizePixels: SliceSize;
      /** See `inputSmoothingMm` in core/millimetre-stage.ts. */
      readonly inputSmoothingMm?: number;
    };

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
    const resized = isFitting ? hu : resizeHuAntialiased(hu, [nx, ny], size);
    const pixels = sizePixels[0] * sizePixels[1];
    const canvas = resized instanceof Int16Array ? new Int16Array(pixels) : new Float32Array(pixels);
    return {
      hu: laidInMiddle(resized, size, canvas.fill(AIR_HU), sizePixels),
      labels: laidInMiddle(isFitting ? labels : resizeLabelSlice(labels, [nx, ny], size), size, new Uint8Array(pixels), sizePixels),
    };
  };
}

/** @returns the canvas. What is larger than it is cut off on both sides. */
function laidInMiddle<T extends GridSlice['hu'] | Uint8Array>(from: T, [fw, fh]: SliceSize, canvas: T, [cw, ch]: SliceSize): T {
  const [left, top] = [Math.floor((cw - fw) / 2), Math.floor((ch - fh) / 2)];
  const [first, last] = [Math.max(0, -left), Math.min(fw, cw - left)];
  for (let y = Math.max(0, -top); y < Math.min(fh, ch - top); y++)
    canvas.set(from.subarray(y * fw + first, y * fw + last), (y + top) * cw + left + first);
  return canvas;
}
