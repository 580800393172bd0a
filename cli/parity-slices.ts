/**
 * Volumes → the slices that a bundle's certificate is made on, as each stage would see them.
 * @module
 */
import { type CropBox, cropAround, cropSize } from '../core/crop-box.ts';
import type { StageRegion } from '../core/model-manifest.ts';
import type { Volume } from '../core/volume.ts';
import type { GridSlice } from '../export/millimetre-reference.ts';
import type { PlacedSlice } from '../export/replay/replay-values.ts';
import { networkSize, PADDING_HU } from '../preprocess/millimetre-grid.ts';
import { type AxialView, axialView, readBoxInto, wholeSlice } from '../preprocess/reorient.ts';
import { slicePixelMm } from '../preprocess/slice-positions.ts';

/** Slices taken of one volume, spread over its length. */
export const SLICES_PER_VOLUME = 4;

/** What of a slice's sides the slices of a stage in millimetres show, one after the other: networks see parts of any size. */
const SIDE_SHARES = [
  [1, 1],
  [0.71, 0.53],
  [0.37, 0.9],
  [0.5, 0.5],
] as const;

/**
 * Axial slices of a volume, or for a stage that sees crops, crops round their middle: parity asks for likely
 * intensities and not for the right place.
 */
export function paritySlices({ geometry, hu }: Volume, region: StageRegion): PlacedSlice[] {
  const view = axialView(geometry);
  const [width, height, slices] = view.sizeVoxels;
  const box =
    region.kind === 'whole-slice' ? wholeSlice(view) : cropAround([width / 2, height / 2], cropSize(region, [width, height]));
  return spreadSlices(slices).map((k) => readSlice(view, hu, k, box));
}

/** Axial slices of a volume, whole and in parts, with the size of each on a grid of a given spacing. */
export function millimetreParitySlices({ geometry, hu }: Volume, spacingMm: number): (PlacedSlice & GridSlice)[] {
  const view = axialView(geometry);
  const [width, height, slices] = view.sizeVoxels;
  return spreadSlices(slices).map((k, n) => {
    const [ofWidth, ofHeight] = SIDE_SHARES[n % SIDE_SHARES.length] as (typeof SIDE_SHARES)[number];
    const box = cropAround([width / 2, height / 2], [Math.ceil(width * ofWidth), Math.ceil(height * ofHeight)]);
    const slice = readSlice(view, hu, k, box);
    return { ...slice, gridPixels: networkSize(slice.sizePixels, slicePixelMm(view), spacingMm) };
  });
}

/** Slices spread over the length of a volume. */
function spreadSlices(slices: number): number[] {
  const count = Math.min(SLICES_PER_VOLUME, slices);
  return Array.from({ length: count }, (_, n) => Math.floor(((n + 0.5) * slices) / count));
}

/** A box of one axial slice; air where it leaves it. */
export function readSlice(view: AxialView, hu: Int16Array, k: number, box: CropBox): PlacedSlice {
  const slice = new Int16Array(box.sizePixels[0] * box.sizePixels[1]);
  readBoxInto(view, hu, { k, box, padding: PADDING_HU }, slice);
  return { slice: k, startPixels: box.start, hu: slice, sizePixels: box.sizePixels };
}
