/**
 * One axial slice and its labels → pixels as a radiologist looks at them: windowed, with square pixels, the patient's
 * right on the left and the front at the top, labels as a tint with a crisp outline.
 * @module
 */
import { affineSpacingMm } from '../../core/affine.ts';
import type { LabelTable } from '../../core/label-table.ts';
import type { LabelMap, Volume } from '../../core/volume.ts';
import { type AxialView, axialView, readBoxInto, wholeSlice } from '../../runtime/index.ts';
import { createPicture, type Picture, parseColor, type Rgb } from './picture.ts';

/** Soft tissue: −160 … 240 HU (DICOM LINEAR_EXACT, PS3.3 C.11.2.1.3.2). */
export const WINDOW = { width: 400, level: 40 } as const;

/** What is as dark or darker is black. */
const LOWEST_HU = WINDOW.level - WINDOW.width / 2;

/** Share of the label's colour inside its outline: enough to see, little enough to judge the tissue under it. */
const TINT = 0.25;

/** What pictures are made of. */
export interface PictureSource {
  readonly view: AxialView;
  readonly volume: Volume;
  readonly labelMap: LabelMap;
  readonly labels: LabelTable;
}

/** Brings together what pictures are made of; the label map lies on the volume's grid. */
export function pictureSource(volume: Volume, labelMap: LabelMap, labels: LabelTable): PictureSource {
  return { view: axialView(volume.geometry), volume, labelMap, labels };
}

/** Draws slice k of the view so that its longer side has the given number of pixels. */
export function drawSlice({ view, volume, labelMap, labels }: PictureSource, k: number, longestSidePixels: number): Picture {
  const [columns, rows] = view.sizeVoxels;
  const hu = new Int16Array(columns * rows);
  const label = new Uint8Array(columns * rows);
  readBoxInto(view, volume.hu, { k, box: wholeSlice(view), padding: 0 }, hu);
  readBoxInto(view, labelMap.labels, { k, box: wholeSlice(view), padding: 0 }, label);
  const [spacingI, spacingJ] = affineSpacingMm(view.voxelToWorld);
  const pixelMm = Math.max(columns * spacingI, rows * spacingJ) / longestSidePixels;
  const picture = createPicture(
    Math.max(1, Math.round((columns * spacingI) / pixelMm)),
    Math.max(1, Math.round((rows * spacingJ) / pixelMm)),
  );
  const x = sampling(columns, picture.width);
  const y = sampling(rows, picture.height);
  drawTissueInto(picture, hu, columns, x, y);
  tintInto(picture, resampleNearest(label, columns, x, y), labels);
  return picture;
}

/** For each pixel of an axis: the two voxels it lies between, the weight of the second, and the nearest one. */
interface Sampling {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly weight: Float64Array;
  readonly nearest: Int32Array;
}

function sampling(voxels: number, pixels: number): Sampling {
  const result = {
    low: new Int32Array(pixels),
    high: new Int32Array(pixels),
    weight: new Float64Array(pixels),
    nearest: new Int32Array(pixels),
  };
  for (let p = 0; p < pixels; p++) {
    const centre = Math.min(voxels - 1, Math.max(0, ((p + 0.5) * voxels) / pixels - 0.5));
    result.low[p] = Math.floor(centre);
    result.high[p] = Math.min(voxels - 1, Math.floor(centre) + 1);
    result.weight[p] = centre - Math.floor(centre);
    result.nearest[p] = Math.min(voxels - 1, Math.floor(((p + 0.5) * voxels) / pixels));
  }
  return result;
}

/** Interpolates HU, then windows them: the other way round would blur the window's edges. */
function drawTissueInto({ width, height, rgb }: Picture, hu: Int16Array, columns: number, x: Sampling, y: Sampling): void {
  const huRow = new Float64Array(columns);
  for (let row = 0, p = 0; row < height; row++) {
    const upper = (y.low[row] as number) * columns;
    const lower = (y.high[row] as number) * columns;
    const weightY = y.weight[row] as number;
    for (let i = 0; i < columns; i++) {
      const above = hu[upper + i] as number;
      huRow[i] = above + ((hu[lower + i] as number) - above) * weightY;
    }
    for (let column = 0; column < width; column++) {
      const left = huRow[x.low[column] as number] as number;
      const right = huRow[x.high[column] as number] as number;
      const grey = windowed(left + (right - left) * (x.weight[column] as number));
      rgb[p++] = grey;
      rgb[p++] = grey;
      rgb[p++] = grey;
    }
  }
}

/** HU → grey, 0 … 255. */
function windowed(hu: number): number {
  const share = (hu - LOWEST_HU) / WINDOW.width;
  if (share <= 0) return 0;
  return share >= 1 ? 255 : Math.floor(share * 255 + 0.5);
}

function resampleNearest(labels: Uint8Array, columns: number, x: Sampling, y: Sampling): Uint8Array {
  const [width, height] = [x.nearest.length, y.nearest.length];
  const out = new Uint8Array(width * height);
  for (let row = 0, p = 0; row < height; row++) {
    const from = (y.nearest[row] as number) * columns;
    for (let column = 0; column < width; column++) out[p++] = labels[from + (x.nearest[column] as number)] as number;
  }
  return out;
}

/** A label is outlined where it meets a lower one (background is lowest), so a lesion's outline is not doubled by the organ's. */
function tintInto({ width, height, rgb }: Picture, labels: Uint8Array, table: LabelTable): void {
  const colors: (Rgb | undefined)[] = [];
  for (const { index, color } of table) colors[index] = parseColor(color);
  for (let row = 0, p = 0; row < height; row++)
    for (let column = 0; column < width; column++, p++) {
      const label = labels[p] as number;
      // Nearly every pixel: worth a test of its own.
      if (label === 0) continue;
      const color = colors[label];
      if (!color) continue;
      const isOutline =
        (column > 0 && (labels[p - 1] as number) < label) ||
        (column < width - 1 && (labels[p + 1] as number) < label) ||
        (row > 0 && (labels[p - width] as number) < label) ||
        (row < height - 1 && (labels[p + width] as number) < label);
      const share = isOutline ? 1 : TINT;
      for (let channel = 0; channel < 3; channel++) {
        const at = p * 3 + channel;
        rgb[at] = Math.round((rgb[at] as number) * (1 - share) + (color[channel] as number) * share);
      }
    }
}
