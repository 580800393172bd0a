/**
 * Volumes → the slices that a bundle's certificate is made on, as each stage would see them.
 * @module
 */
import { cropAround, cropSize } from '../core/crop-box.ts';
import type { StageRegion } from '../core/model-manifest.ts';
import type { Volume } from '../core/volume.ts';
import type { HuSlice } from '../export/reference-stage.ts';
import { axialView, readBoxInto, wholeSlice } from '../preprocess/reorient.ts';

/** Slices taken of one volume, spread over its length. */
const SLICES_PER_VOLUME = 4;

/** What lies outside a slice, HU: air. */
const PADDING_HU = -1024;

/**
 * Axial slices of a volume, or for a stage that sees crops, crops round their middle: parity asks for likely
 * intensities and not for the right place.
 */
export function paritySlices({ geometry, hu }: Volume, region: StageRegion): HuSlice[] {
  const view = axialView(geometry);
  const [width, height, slices] = view.sizeVoxels;
  const box =
    region.kind === 'whole-slice' ? wholeSlice(view) : cropAround([width / 2, height / 2], cropSize(region, [width, height]));
  const count = Math.min(SLICES_PER_VOLUME, slices);
  return Array.from({ length: count }, (_, n) => {
    const slice = new Int16Array(box.sizePixels[0] * box.sizePixels[1]);
    readBoxInto(view, hu, { k: Math.floor(((n + 0.5) * slices) / count), box, padding: PADDING_HU }, slice);
    return { hu: slice, sizePixels: box.sizePixels };
  });
}
