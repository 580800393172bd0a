/**
 * A segmented volume → `overlays/NNNN.jpg` and `preview.jpg` in a folder.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AxialView, readBoxInto, wholeSlice } from '../../runtime/index.ts';
import type { OverlayChoice } from '../job/job.ts';
import { encodeJpeg } from './jpeg.ts';
import { drawOverlay } from './overlay.ts';
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
  for (let done = 0; done < slices.length; done += ENCODING_AT_ONCE) {
    const batch = slices.slice(done, done + ENCODING_AT_ONCE);
    await Promise.all(
      batch.map(async (k) => {
        const jpeg = await encodeJpeg(drawOverlay(source, k));
        await writeFile(join(overlays, `${String(k + 1).padStart(4, '0')}.jpg`), jpeg);
      }),
    );
    onPicture(done + batch.length, slices.length);
  }
}

/** Slices of the view that hold a label, ascending. */
export function labelledSlices(view: AxialView, labels: Uint8Array): readonly number[] {
  const [columns, rows, slices] = view.sizeVoxels;
  const slice = new Uint8Array(columns * rows);
  return Array.from({ length: slices }, (_, k) => k).filter((k) => {
    readBoxInto(view, labels, { k, box: wholeSlice(view), padding: 0 }, slice);
    return holdsLabel(slice);
  });
}

/** A loop by index: `some` and `for … of` take 1.8 and 1.1 ms for a slice of 512 × 512, this 0.3 ms. */
function holdsLabel(labels: Uint8Array): boolean {
  for (let p = 0; p < labels.length; p++) if (labels[p] !== 0) return true;
  return false;
}
