/**
 * A mask on the network's grid → a label on the scan's own grid, slice by slice, written over what was there.
 *
 * A voxel of the scan gets the label where the probability, interpolated at its centre, reaches the threshold: so outlines
 * are as smooth as the probabilities and not steps of the network's pixels. That counts only next to a voxel that was
 * kept; what was removed does not come back.
 * @module
 */
import type { StageOutput } from '../../core/millimetre-stage.ts';
import { CERTAIN } from '../../preprocess/millimetre-grid.ts';
import { type AxialView, readBoxInto, writeBoxInto } from '../../preprocess/reorient.ts';
import { nearestSourcePixels, type SliceSize } from '../../preprocess/resize.ts';
import type { GridRegion } from './millimetre-region.ts';
import { BULGING, FILLED, KEPT, OUTSIDE } from './output-mask.ts';

/** What of an output is written. */
export interface JudgedOutput {
  readonly output: Pick<StageOutput, 'label' | 'threshold' | 'within'>;
  /** uint8 on the network's grid, 255 = certain. */
  readonly probabilities: Uint8Array;
  /** As `outputMask` gives it. */
  readonly mask: Uint8Array;
}

/**
 * Writes a label.
 * @param labelsInto - Native label array.
 */
export function writeMask(
  { output, probabilities, mask }: JudgedOutput,
  view: AxialView,
  region: GridRegion,
  labelsInto: Uint8Array,
): void {
  const { box, firstSlice, grid } = region;
  const [width, height, slices] = grid.sizeVoxels;
  const pixels = width * height;
  const [boxWidth, boxHeight] = box.sizePixels;
  const nearest = nearestSourcePixels([width, height], box.sizePixels);
  const [columns, rows] = [interpolationTaps(width, boxWidth), interpolationTaps(height, boxHeight)];
  const least = output.threshold * CERTAIN;
  for (let n = 0; n < slices; n++) {
    const own = mask.subarray(n * pixels, (n + 1) * pixels);
    const around = boundsOf(own, [width, height]);
    if (around === undefined) continue;
    const reach = reachOf(own, [width, height]);
    const chances = withFilled(probabilities.subarray(n * pixels, (n + 1) * pixels), own);
    const [top, bottom] = scaledRange(around.rows, height, boxHeight);
    const [left, right] = scaledRange(around.columns, width, boxWidth);
    const part = { start: [box.start[0] + left, box.start[1] + top], sizePixels: [right - left, bottom - top] } as const;
    const at = { k: firstSlice + n, box: part };
    const labels = new Uint8Array((right - left) * (bottom - top));
    readBoxInto(view, labelsInto, { ...at, padding: 0 }, labels);
    for (let j = top, p = 0; j < bottom; j++) {
      const row = rows[j] as Tap;
      for (let i = left; i < right; i++, p++) {
        const kind = reach[nearest[j * boxWidth + i] as number] as number;
        if (kind === OUTSIDE) continue;
        const isFree = kind === BULGING && labels[p] === 0;
        if (output.within !== undefined && labels[p] !== output.within && !isFree) continue;
        if (kind === FILLED || interpolate(chances, width, columns[i] as Tap, row) >= least) labels[p] = output.label;
      }
    }
    writeBoxInto(view, labels, at, labelsInto);
  }
}

/** Rows and columns of a slice that hold anything; nothing where it is empty. */
function boundsOf(
  mask: Uint8Array,
  [width, height]: SliceSize,
): { readonly rows: readonly [number, number]; readonly columns: readonly [number, number] } | undefined {
  let [top, bottom, left, right] = [height, -1, width, -1];
  for (let v = 0, p = 0; v < height; v++) {
    for (let u = 0; u < width; u++, p++) {
      if (mask[p] === OUTSIDE) continue;
      top = Math.min(top, v);
      bottom = v;
      left = Math.min(left, u);
      right = Math.max(right, u);
    }
  }
  return bottom < 0 ? undefined : { rows: [top, bottom], columns: [left, right] };
}

/** Pixels of the scan, half open, that may be nearest to network pixels of a range or their neighbours. */
function scaledRange([first, last]: readonly [number, number], size: number, boxSize: number): readonly [number, number] {
  const scale = boxSize / size;
  return [Math.max(0, Math.floor((first - 1) * scale)), Math.min(boxSize, Math.ceil((last + 2) * scale))];
}

/** {@link FILLED} for holes; {@link BULGING} and {@link KEPT} for such pixels and the four round each of them. */
function reachOf(mask: Uint8Array, [width, height]: SliceSize): Uint8Array {
  const reach = new Uint8Array(mask.length);
  const mark = (p: number, value: number): void => {
    if (reach[p] === OUTSIDE || (reach[p] === KEPT && value === BULGING)) reach[p] = value;
  };
  for (let v = 0, p = 0; v < height; v++) {
    for (let u = 0; u < width; u++, p++) {
      const value = mask[p] as number;
      if (value === FILLED) reach[p] = FILLED;
      if (value !== KEPT && value !== BULGING) continue;
      mark(p, value);
      if (u > 0) mark(p - 1, value);
      if (u < width - 1) mark(p + 1, value);
      if (v > 0) mark(p - width, value);
      if (v < height - 1) mark(p + width, value);
    }
  }
  return reach;
}

/** What was filled is certain: else a rim would stay open round every hole. */
function withFilled(probabilities: Uint8Array, mask: Uint8Array): Uint8Array {
  if (!mask.includes(FILLED)) return probabilities;
  return probabilities.map((value, p) => (mask[p] === FILLED ? CERTAIN : value));
}

/** Two network pixels along an axis, and the share of the second. */
interface Tap {
  readonly first: number;
  readonly second: number;
  readonly toSecond: number;
}

function interpolationTaps(from: number, to: number): Tap[] {
  return Array.from({ length: to }, (_, x) => {
    const inside = Math.min(Math.max(((x + 0.5) * from) / to - 0.5, 0), from - 1);
    const first = Math.floor(inside);
    return { first, second: Math.min(first + 1, from - 1), toSecond: inside - first };
  });
}

function interpolate(values: Uint8Array, width: number, column: Tap, row: Tap): number {
  const along = (start: number): number => {
    const [a, b] = [values[start + column.first] as number, values[start + column.second] as number];
    return a + (b - a) * column.toSecond;
  };
  const [above, below] = [along(row.first * width), along(row.second * width)];
  return above + (below - above) * row.toSecond;
}
