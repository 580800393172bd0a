/**
 * A bundle's golden slice, or slab → the slices that its certificate is repeated on.
 * @module
 */
import type { ReplaySlice } from '../core/parity-certificate.ts';
import type { BundleStage } from '../export/bundle-stage.ts';
import type { PlacedSlice } from '../export/replay/replay-values.ts';
import { readNifti } from '../formats/nifti/read-nifti.ts';
import { axialView } from '../preprocess/reorient.ts';
import { millimetreParitySlices, paritySlices, readSlice } from './parity-slices.ts';

/** What a stage is shown when its bundle is made. */
export function replaySlices(golden: Uint8Array, stage: BundleStage): PlacedSlice[] {
  const { volume } = readNifti(golden);
  return stage.space === 'pixels' ? paritySlices(volume, stage.region) : millimetreParitySlices(volume, stage.grid.spacingMm);
}

/** The same slices again, by what the manifest says of them. */
export function storedSlices(golden: Uint8Array, places: readonly ReplaySlice[]): PlacedSlice[] {
  const { geometry, hu } = readNifti(golden).volume;
  const view = axialView(geometry);
  return places.map(({ slice, startPixels, sizePixels, gridPixels }) => ({
    ...readSlice(view, hu, slice, { start: startPixels, sizePixels }),
    ...(gridPixels ? { gridPixels } : {}),
  }));
}
