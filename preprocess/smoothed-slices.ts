/**
 * Slices of a scan, averaged along the body before a network sees them: thin slices are noisier than those that networks
 * are trained on, and neighbours within a few millimetres show the same. A reader of thin slices does so too.
 * @module
 */
import type { CropBox } from '../core/crop-box.ts';
import { type AxialView, readBoxInto } from './reorient.ts';
import { sliceBell } from './slice-bell.ts';

/** How far the bell reaches, in standard deviations: a neighbour farther off would count for less than a twentieth of the slice. */
const REACH = 2.4;

export interface SmoothedSlices {
  readonly box: CropBox;
  /** Value of pixels outside the slice. */
  readonly padding: number;
  /** One a slice of the view, rising or falling. */
  readonly positionsMm: ArrayLike<number>;
  /** Standard deviation of the bell; 0 = slices are read as they are. */
  readonly smoothingMm: number;
}

/** Reads the box of slice k of the view, row by row, i fastest. */
export type ReadSlice = (k: number, into: Int16Array) => void;

/**
 * A reader of slices. At the ends of a scan the bell is cut, and what is left counts whole.
 *
 * It keeps the slices under the bell, so reading in order touches each slice once.
 * @param hu - Native array of the view.
 */
export function smoothedSlices(
  view: AxialView,
  hu: Int16Array,
  { box, padding, positionsMm, smoothingMm }: SmoothedSlices,
): ReadSlice {
  const read: ReadSlice = (k, into) => readBoxInto(view, hu, { k, box, padding }, into);
  if (smoothingMm === 0 || positionsMm.length === 1) return read;
  const pixels = box.sizePixels[0] * box.sizePixels[1];
  const kept = new Map<number, Int16Array>();
  const sums = new Float32Array(pixels);
  return (k, into) => {
    const bell = sliceBell(k, positionsMm, smoothingMm, REACH);
    if (bell.length === 1) {
      read(k, into);
      return;
    }
    const spare = [...kept.keys()].filter((slice) => bell.every((one) => one.slice !== slice));
    sums.fill(0);
    for (const { slice, share } of bell) {
      let values = kept.get(slice);
      if (!values) {
        const old = spare.pop();
        values = old === undefined ? new Int16Array(pixels) : (kept.get(old) as Int16Array);
        if (old !== undefined) kept.delete(old);
        read(slice, values);
        kept.set(slice, values);
      }
      for (let p = 0; p < pixels; p++) sums[p] = (sums[p] as number) + share * (values[p] as number);
    }
    for (let p = 0; p < pixels; p++) into[p] = Math.floor((sums[p] as number) + 0.5);
  };
}
