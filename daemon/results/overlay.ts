/**
 * One axial slice → the overlay picture: the slice with R, L and A on it, and under it a strip with its number,
 * position and window, and what the colours mean. Nothing about the patient.
 * @module
 */
import { affineSpacingMm, applyAffine } from '../../core/affine.ts';
import type { LabelTable } from '../../core/label-table.ts';
import type { AxialView } from '../../runtime/index.ts';
import { BLACK, createPicture, drawTextInto, fillBoxInto, type Picture, parseColor, textSize, WHITE } from './picture.ts';
import { drawSliceInto, type PictureSource, type SlicePlace, slicePictureSize, WINDOW } from './slice-picture.ts';

/** The longer side of a slice in pixels: small matrices are enlarged to be seen, large ones keep their pixels up to a limit. */
const LONGEST_SIDE_PIXELS = { min: 512, max: 1024 } as const;

/** Pixels per font pixel, and the space round text. */
const TEXT_SIZE = 2;
const MARGIN = 6;

/** Height of one line of the strip. */
export const LINE_HEIGHT = textSize('', TEXT_SIZE).height + MARGIN;

/** Wide enough for the strip, however narrow the slice. */
const MIN_WIDTH = 512;

/** `W 400 L 40`. */
export const WINDOW_TEXT = `W ${WINDOW.width} L ${WINDOW.level}`;

/**
 * Draws the overlay of slice k of the view, 0 … slices − 1.
 * @param used - An overlay of the same source that is of no use any more: it is drawn over.
 */
export function drawOverlay(source: PictureSource, k: number, used?: Picture): Picture {
  const { view, labels } = source;
  const size = slicePictureSize(view, longestSidePixels(view));
  const picture = used ?? createPicture(Math.max(MIN_WIDTH, size.width), size.height + 2 * LINE_HEIGHT + MARGIN);
  const place = { left: Math.floor((picture.width - size.width) / 2), top: 0, ...size };
  drawSliceInto(picture, source, k, place);
  markDirectionsInto(picture, place);
  picture.rgb.fill(0, size.height * picture.width * 3);
  const top = size.height + MARGIN;
  const position = `z ${slicePositionMm(view, k).toFixed(1)} mm`;
  const text = `slice ${k + 1}/${view.sizeVoxels[2]}  ${position}  ${WINDOW_TEXT}`;
  drawTextInto(picture, text, { left: MARGIN, top, size: TEXT_SIZE, color: WHITE });
  drawLegendInto(picture, labels, top + LINE_HEIGHT);
  return picture;
}

/** Writes the labels' names, each behind a box of its colour, on one line. */
export function drawLegendInto(picture: Picture, labels: LabelTable, top: number): void {
  const side = textSize('', TEXT_SIZE).height;
  let left = MARGIN;
  for (const { name, color } of labels) {
    fillBoxInto(picture, { left, top, width: side, height: side, color: parseColor(color) });
    left += side + MARGIN;
    drawTextInto(picture, name, { left, top, size: TEXT_SIZE, color: WHITE });
    left += textSize(name, TEXT_SIZE).width + 3 * MARGIN;
  }
}

/**
 * World z of a slice's centre, mm, rising to the head. Unevenly spaced slices are placed between the first and the last
 * by their true distances.
 */
export function slicePositionMm(view: AxialView, k: number): number {
  const [columns, rows, slices] = view.sizeVoxels;
  const z = (slice: number): number => applyAffine(view.voxelToWorld, [(columns - 1) / 2, (rows - 1) / 2, slice])[2];
  const { nativeAxis, isFlipped } = view.axes[2];
  const positions = nativeAxis === 2 ? view.native.slicePositionsMm : undefined;
  if (!positions || slices < 2) return z(k);
  const at = (slice: number): number => positions[isFlipped ? slices - 1 - slice : slice] as number;
  return z(0) + ((at(k) - at(0)) / (at(slices - 1) - at(0))) * (z(slices - 1) - z(0));
}

function longestSidePixels(view: AxialView): number {
  const [spacingI, spacingJ] = affineSpacingMm(view.voxelToWorld);
  const longestMm = Math.max(view.sizeVoxels[0] * spacingI, view.sizeVoxels[1] * spacingJ);
  const native = Math.round(longestMm / Math.min(spacingI, spacingJ));
  return Math.min(LONGEST_SIDE_PIXELS.max, Math.max(LONGEST_SIDE_PIXELS.min, native));
}

/** R on the left, L on the right, A at the top of the slice, each with a shadow so that it is read on bone too. */
function markDirectionsInto(picture: Picture, slice: SlicePlace): void {
  const { width, height } = textSize('R', TEXT_SIZE);
  const middleX = slice.left + Math.floor((slice.width - width) / 2);
  const middleY = slice.top + Math.floor((slice.height - height) / 2);
  const mark = (text: string, left: number, top: number): void => {
    drawTextInto(picture, text, { left: left + 1, top: top + 1, size: TEXT_SIZE, color: BLACK });
    drawTextInto(picture, text, { left, top, size: TEXT_SIZE, color: WHITE });
  };
  mark('R', slice.left + MARGIN, middleY);
  mark('L', slice.left + slice.width - width - MARGIN, middleY);
  mark('A', middleX, slice.top + MARGIN);
}
