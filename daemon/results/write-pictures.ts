/**
 * A segmented volume → `overlays/NNNN.jpg` and `preview.jpg` in a folder.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { foregroundSearch } from '../../core/foreground.ts';
import { type AxialView, axialSlice } from '../../runtime/index.ts';
import { mapConcurrently } from '../intake/map-concurrently.ts';
import type { OverlayChoice } from '../job/job.ts';
import { encodeJpeg } from './jpeg.ts';
import { drawOverlay } from './overlay.ts';
import type { Picture } from './picture.ts';
import { drawPreview } from './preview.ts';
import type { PictureSource } from './slice-picture.ts';

/** Pictures being encoded at once: sharp has threads of its own, and each picture holds its pixels meanwhile. */
const ENCODING_AT_ONCE = 4;

/**
 * Writes the pictures of a result.
 * @param folder - Exists; gets `preview.jpg`, and `overlays/` unless the choice is `none`. Overlay NNNN shows axial slice
 *   NNNN from the feet, counted from 0001.
 * @param onPicture - Called after each overlay.
 */
export async function writePictures(
  folder: string,
  source: PictureSource,
  choice: OverlayChoice,
  onPicture: (done: number, total: number) => void = () => {},
): Promise<void> {
  const labelled = labelledSlices(source.view, source.labelMap.labels);
  await writeFile(join(folder, 'preview.jpg'), await encodeJpeg(drawPreview(source, labelled)));
  if (choice === 'none') return;
  const overlays = join(folder, 'overlays');
  await mkdir(overlays);
  const slices = choice === 'all' ? Array.from({ length: source.view.sizeVoxels[2] }, (_, k) => k) : labelled;
  const used: Picture[] = [];
  let done = 0;
  const write = async (k: number): Promise<void> => {
    const picture = drawOverlay(source, k, used.pop());
    const jpeg = await encodeJpeg(picture);
    used.push(picture);
    await writeFile(join(overlays, `${String(k + 1).padStart(4, '0')}.jpg`), jpeg);
    onPicture(++done, slices.length);
  };
  await mapConcurrently(slices, write, ENCODING_AT_ONCE);
}

/** Slices of the view that hold a label, ascending. */
export function labelledSlices(view: AxialView, labels: Uint8Array): readonly number[] {
  return Array.from({ length: view.sizeVoxels[2] }, (_, k) => k).filter((k) => {
    const slice = axialSlice(view, labels, k);
    return foregroundSearch(slice)(0, slice.length) < slice.length;
  });
}
