/**
 * Truth and prediction of one region → the axial slice with the most wrong voxels, cut to what is labelled, with both
 * outlines on it, as JPEG.
 * @module
 */
import { affineFromColumns, affineSpacingMm } from '../../core/affine.ts';
import { createLabelMap, createVolume, type LabelMap, type Volume } from '../../core/volume.ts';
import { encodeJpeg } from '../../daemon/results/jpeg.ts';
import { type Picture, parseColor } from '../../daemon/results/picture.ts';
import { drawSlice, pictureSource } from '../../daemon/results/slice-picture.ts';
import { OUTLINE_COLORS } from '../../evaluate/report/page.ts';
import { type AxialView, axialView, readBoxInto, wholeSlice } from '../../runtime/index.ts';

/** Space round what is labelled, mm, and the least that is shown, mm. */
const MARGIN_MM = 20;
const LEAST_MM = 80;

/** The longer side of the picture. */
const PIXELS = 440;

/** HU where there is no image: shown mid-grey. */
const NO_IMAGE_HU = -60;

export interface OutlineInput {
  readonly image: Volume | undefined;
  readonly truth: LabelMap;
  /** On the truth's grid. */
  readonly prediction: LabelMap;
  /** Labels of the region. */
  readonly labels: readonly number[];
}

export interface OutlinePicture {
  readonly jpeg: Uint8Array;
  /** From the feet, counted from 1. */
  readonly slice: number;
  readonly slices: number;
}

/** Draws the picture; nothing where neither mask has a voxel. */
export async function drawOutlines({ image, truth, prediction, labels }: OutlineInput): Promise<OutlinePicture | undefined> {
  const view = axialView(truth.geometry);
  const read = (map: LabelMap, k: number): Uint8Array => maskOf(view, map, labels, k);
  const k = worstSlice(view, (slice) => [read(truth, slice), read(prediction, slice)]);
  if (k === undefined) return undefined;
  const masks = { truth: read(truth, k), prediction: read(prediction, k) };
  const box = boxRound(view, masks);
  const picture = drawTissue(view, image, k, box);
  drawOutlinesInto(picture, box, view.sizeVoxels[0], masks);
  return { jpeg: await encodeJpeg(picture), slice: k + 1, slices: view.sizeVoxels[2] };
}

/** 1 inside the region, row by row. */
function maskOf(view: AxialView, { labels }: LabelMap, wanted: readonly number[], k: number): Uint8Array {
  const slice = new Uint8Array(view.sizeVoxels[0] * view.sizeVoxels[1]);
  readBoxInto(view, labels, { k, box: wholeSlice(view), padding: 0 }, slice);
  return slice.map((label) => (wanted.includes(label) ? 1 : 0));
}

/** The slice where most voxels differ; where none does, the one with most of the region. */
function worstSlice(view: AxialView, masksOf: (k: number) => readonly [Uint8Array, Uint8Array]): number | undefined {
  let worst: { k: number; wrong: number; size: number } | undefined;
  for (let k = 0; k < view.sizeVoxels[2]; k++) {
    const [truth, prediction] = masksOf(k);
    let [wrong, size] = [0, 0];
    for (let p = 0; p < truth.length; p++) {
      wrong += (truth[p] as number) ^ (prediction[p] as number);
      size += (truth[p] as number) | (prediction[p] as number);
    }
    if (size > 0 && (!worst || wrong > worst.wrong || (wrong === worst.wrong && size > worst.size))) worst = { k, wrong, size };
  }
  return worst?.k;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface Masks {
  readonly truth: Uint8Array;
  readonly prediction: Uint8Array;
}

function boxRound(view: AxialView, { truth, prediction }: Masks): Box {
  const [columns, rows] = view.sizeVoxels;
  let [left, right, top, bottom] = [columns, 0, rows, 0];
  for (let p = 0; p < truth.length; p++) {
    if (!truth[p] && !prediction[p]) continue;
    const [i, j] = [p % columns, Math.floor(p / columns)];
    [left, right, top, bottom] = [Math.min(left, i), Math.max(right, i), Math.min(top, j), Math.max(bottom, j)];
  }
  const [spacingI, spacingJ] = affineSpacingMm(view.voxelToWorld);
  const [x, width] = widened(left, right, columns, spacingI);
  const [y, height] = widened(top, bottom, rows, spacingJ);
  return { left: x, top: y, width, height };
}

/** @returns first voxel and number of voxels. */
function widened(first: number, last: number, size: number, spacingMm: number): readonly [number, number] {
  const margin = Math.max(MARGIN_MM / spacingMm, (LEAST_MM / spacingMm - (last - first + 1)) / 2);
  const from = Math.max(0, Math.floor(first - margin));
  return [from, Math.min(size, Math.ceil(last + 1 + margin)) - from];
}

function drawTissue(view: AxialView, image: Volume | undefined, k: number, { left, top, width, height }: Box): Picture {
  const hu = new Int16Array(width * height).fill(NO_IMAGE_HU);
  const box = { start: [left, top], sizePixels: [width, height] } as const;
  if (image) readBoxInto(view, image.hu, { k, box, padding: NO_IMAGE_HU }, hu);
  const [x, y, z] = affineSpacingMm(view.voxelToWorld);
  const geometry = {
    sizeVoxels: [width, height, 1] as const,
    voxelToWorld: affineFromColumns([x, 0, 0], [0, y, 0], [0, 0, z], [0, 0, 0]),
  };
  const blank = createLabelMap(geometry, new Uint8Array(width * height));
  return drawSlice(pictureSource(createVolume(geometry, hu), blank, []), 0, PIXELS);
}

const COLORS = {
  truth: parseColor(OUTLINE_COLORS.truth),
  prediction: parseColor(OUTLINE_COLORS.prediction),
  both: parseColor(OUTLINE_COLORS.both),
};

/** Outlines lie on the inner side of their mask, two pixels wide. */
function drawOutlinesInto({ width, height, rgb }: Picture, box: Box, columns: number, masks: Masks): void {
  const isInside = (mask: Uint8Array, x: number, y: number): boolean => {
    if (x < 0 || y < 0 || x >= width || y >= height) return false;
    const i = box.left + Math.floor(((x + 0.5) * box.width) / width);
    const j = box.top + Math.floor(((y + 0.5) * box.height) / height);
    return mask[j * columns + i] === 1;
  };
  const isEdge = (mask: Uint8Array, x: number, y: number): boolean =>
    isInside(mask, x, y) && [-2, 2].some((step) => !isInside(mask, x + step, y) || !isInside(mask, x, y + step));
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p += 3) {
      const [inTruth, inPrediction] = [isEdge(masks.truth, x, y), isEdge(masks.prediction, x, y)];
      if (inTruth || inPrediction) rgb.set(inTruth && inPrediction ? COLORS.both : inTruth ? COLORS.truth : COLORS.prediction, p);
    }
}
