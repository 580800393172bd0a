/**
 * The outline of a label drawn anew: a coarser stage found where the organ is, a finer one says where it ends. What lies deep
 * in the former outline stays, what lies far outside stays out, whatever the finer stage believes: it decides between them.
 * @module
 */
import type { GridGeometry } from '../../core/volume.ts';
import { type AxialView, readBoxInto, writeBoxInto } from '../../preprocess/reorient.ts';
import { gridDistancesMm, removeFarInPlace } from './grid-distances.ts';
import type { GridRegion } from './millimetre-region.ts';

/**
 * Draws a mask anew.
 * @param mask - What the finer stage believes, 0 or another value a voxel; changed in place.
 * @param before - Where the label was, 1 a voxel.
 * @param redrawMm - How far from the former outline the finer stage decides, on both sides.
 * @param certain - Value for what lies deep inside and is not in the mask.
 */
export function redrawInPlace(
  mask: Uint8Array,
  { before, redrawMm, certain }: { readonly before: Uint8Array; readonly redrawMm: number; readonly certain: number },
  grid: GridGeometry,
): void {
  removeFarInPlace(mask, before, grid, redrawMm);
  const doubted: number[] = [];
  for (let p = 0; p < mask.length; p++) if (mask[p] === 0 && before[p] === 1) doubted.push(p);
  if (doubted.length === 0) return;
  const queries = Uint32Array.from(doubted);
  const depths = gridDistancesMm(
    grid,
    before.map((was) => 1 - was),
    queries,
  );
  for (let n = 0; n < queries.length; n++) if ((depths[n] as number) > redrawMm) mask[queries[n] as number] = certain;
}

/** Takes a label off the box that a stage sees. @param labels - Native label array; changed in place. */
export function eraseInPlace(label: number, view: AxialView, { box, firstSlice, grid }: GridRegion, labels: Uint8Array): void {
  const slice = new Uint8Array(box.sizePixels[0] * box.sizePixels[1]);
  for (let n = 0; n < grid.sizeVoxels[2]; n++) {
    const at = { k: firstSlice + n, box };
    readBoxInto(view, labels, { ...at, padding: 0 }, slice);
    if (!slice.includes(label)) continue;
    for (let p = 0; p < slice.length; p++) if (slice[p] === label) slice[p] = 0;
    writeBoxInto(view, slice, at, labels);
  }
}
