/**
 * One axial slice and its labels → pixels as a radiologist looks at them: windowed, with square pixels, the patient's
 * right on the left and the front at the top, labels as a tint with a crisp outline.
 * @module
 */
import { affineSpacingMm } from '../../core/affine.ts';
import { foregroundSearch } from '../../core/foreground.ts';
import type { LabelTable } from '../../core/label-table.ts';
import type { LabelMap, Volume } from '../../core/volume.ts';
import { type AxialView, axialSlice, axialView } from '../../runtime/index.ts';
import { createPicture, type Picture, parseColor, type Rgb } from './picture.ts';
import { resampleNearest, type Sampling, sampling } from './sampling.ts';

/** Soft tissue: −160 … 240 HU (DICOM LINEAR_EXACT, PS3.3 C.11.2.1.3.2). */
export const WINDOW = { width: 400, level: 40 } as const;

/** What is as dark or darker is black, and what is as bright or brighter is white. */
const LOWEST_HU = WINDOW.level - WINDOW.width / 2;
const HIGHEST_HU = LOWEST_HU + WINDOW.width;

/** Grey of each whole HU of the window: pixels that are drawn as they are need no more. */
const GREYS = Uint8Array.from({ length: WINDOW.width + 1 }, (_, n) => windowed(LOWEST_HU + n));

/** Share of the label's colour inside its outline: enough to see, little enough to judge the tissue under it. */
const TINT = 0.25;

/** What pictures are made of. */
export interface PictureSource {
  readonly view: AxialView;
  readonly volume: Volume;
  readonly labelMap: LabelMap;
  readonly labels: LabelTable;
  /** By label. */
  readonly tints: readonly (Tint | undefined)[];
}

/** A colour, and what it makes of each grey that it lies over, three numbers a grey. */
interface Tint {
  readonly color: Rgb;
  readonly over: Uint8Array;
}

/** Where in a picture a slice is drawn, pixels. */
export interface SlicePlace {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Brings together what pictures are made of; the label map lies on the volume's grid. */
export function pictureSource(volume: Volume, labelMap: LabelMap, labels: LabelTable): PictureSource {
  const tints: (Tint | undefined)[] = [];
  for (const { index, color } of labels) tints[index] = tintOf(parseColor(color));
  return { view: axialView(volume.geometry), volume, labelMap, labels, tints };
}

/** Draws slice k of the view so that its longer side has the given number of pixels. */
export function drawSlice(source: PictureSource, k: number, longestSidePixels: number): Picture {
  const size = slicePictureSize(source.view, longestSidePixels);
  const picture = createPicture(size.width, size.height);
  drawSliceInto(picture, source, k, { left: 0, top: 0, ...size });
  return picture;
}

/** Size of a slice with square pixels, pixels; its longer side is given. */
export function slicePictureSize(view: AxialView, longestSidePixels: number): { readonly width: number; readonly height: number } {
  const [columns, rows] = view.sizeVoxels;
  const [spacingI, spacingJ] = affineSpacingMm(view.voxelToWorld);
  const pixelMm = Math.max(columns * spacingI, rows * spacingJ) / longestSidePixels;
  return {
    width: Math.max(1, Math.round((columns * spacingI) / pixelMm)),
    height: Math.max(1, Math.round((rows * spacingJ) / pixelMm)),
  };
}

/** Draws slice k of the view over a part of a picture. */
export function drawSliceInto(
  picture: Picture,
  { view, volume, labelMap, tints }: PictureSource,
  k: number,
  place: SlicePlace,
): void {
  const [columns, rows] = view.sizeVoxels;
  const hu = axialSlice(view, volume.hu, k);
  const label = axialSlice(view, labelMap.labels, k);
  const isAsItIs = columns === place.width && rows === place.height;
  const [x, y] = [sampling(columns, place.width), sampling(rows, place.height)];
  if (isAsItIs) drawGreysInto(picture, place, hu);
  else drawTissueInto(picture, place, hu, columns, x, y);
  if (foregroundSearch(label)(0, label.length) === label.length) return;
  tintInto(picture, place, isAsItIs ? label : resampleNearest(label, columns, x, y), tints);
}

/** Pixel for pixel. */
function drawGreysInto({ width, rgb }: Picture, place: SlicePlace, hu: Int16Array): void {
  for (let row = 0, p = 0; row < place.height; row++) {
    let at = ((place.top + row) * width + place.left) * 3;
    for (let column = 0; column < place.width; column++, p++, at += 3) {
      const value = hu[p] as number;
      const grey = value <= LOWEST_HU ? 0 : value >= HIGHEST_HU ? 255 : (GREYS[value - LOWEST_HU] as number);
      rgb[at] = grey;
      rgb[at + 1] = grey;
      rgb[at + 2] = grey;
    }
  }
}

/** Interpolates HU, then windows them: the other way round would blur the window's edges. */
function drawTissueInto(
  { width, rgb }: Picture,
  place: SlicePlace,
  hu: Int16Array,
  columns: number,
  x: Sampling,
  y: Sampling,
): void {
  const huRow = new Float64Array(columns);
  for (let row = 0; row < place.height; row++) {
    const upper = (y.low[row] as number) * columns;
    const lower = (y.high[row] as number) * columns;
    const weightY = y.weight[row] as number;
    for (let i = 0; i < columns; i++) {
      const above = hu[upper + i] as number;
      huRow[i] = above + ((hu[lower + i] as number) - above) * weightY;
    }
    let at = ((place.top + row) * width + place.left) * 3;
    for (let column = 0; column < place.width; column++, at += 3) {
      const left = huRow[x.low[column] as number] as number;
      const right = huRow[x.high[column] as number] as number;
      const grey = windowed(left + (right - left) * (x.weight[column] as number));
      rgb[at] = grey;
      rgb[at + 1] = grey;
      rgb[at + 2] = grey;
    }
  }
}

/** HU → grey, 0 … 255. */
function windowed(hu: number): number {
  const share = (hu - LOWEST_HU) / WINDOW.width;
  if (share <= 0) return 0;
  return share >= 1 ? 255 : Math.floor(share * 255 + 0.5);
}

/** A label is outlined where it meets a lower one (background is lowest), so a lesion's outline is not doubled by the organ's. */
function tintInto(
  picture: Picture,
  { left, top, width, height }: SlicePlace,
  labels: Uint8Array,
  tints: PictureSource['tints'],
): void {
  const next = foregroundSearch(labels);
  for (let p = next(0, labels.length); p < labels.length; p = next(p, labels.length)) {
    const row = Math.floor(p / width);
    const end = (row + 1) * width;
    for (let label = labels[p] as number; label !== 0 && p < end; label = labels[++p] as number) {
      const tint = tints[label];
      if (!tint) continue;
      const column = p - row * width;
      const isOutline =
        (column > 0 && (labels[p - 1] as number) < label) ||
        (column < width - 1 && (labels[p + 1] as number) < label) ||
        (row > 0 && (labels[p - width] as number) < label) ||
        (row < height - 1 && (labels[p + width] as number) < label);
      const at = ((top + row) * picture.width + left + column) * 3;
      for (let channel = 0; channel < 3; channel++)
        picture.rgb[at + channel] = isOutline
          ? (tint.color[channel] as number)
          : (tint.over[3 * (picture.rgb[at + channel] as number) + channel] as number);
    }
  }
}

function tintOf(color: Rgb): Tint {
  const over = Uint8Array.from({ length: 3 * 256 }, (_, n) =>
    Math.round(Math.floor(n / 3) * (1 - TINT) + (color[n % 3] as number) * TINT),
  );
  return { color, over };
}
