/**
 * One slice on another grid: HU → HU by bilinear interpolation, labels → labels by the nearest pixel.
 *
 * Source: ONNX operator Resize-18, `half_pixel` coordinates: pixel x covers [x, x + 1), so both grids cover the same
 * area and a crop's edges stay where they are. For labels `nearest_mode` is `round_prefer_floor`: the source pixel
 * that the target pixel's centre lies in. The usual `asymmetric` + `floor` is the same when sizes double, but takes
 * the corner pixel when they shrink, and so moves every outline by up to half a pixel.
 *
 * Bilinear sums are rounded to float32 where ONNX Runtime rounds them, so the graph and this file give equal numbers.
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';

/** `[width, height]` of a slice; its pixels are row-major, the image column fastest. */
export type SliceSize = readonly [width: number, height: number];

/**
 * HU of a slice on another grid, bilinear, not antialiased; pixels beyond the edge repeat the edge.
 * @param huSlice - HU, row-major, of size `from`; never modified.
 * @returns HU, row-major, of size `to`; a copy where both sizes are equal.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` if the slice does not have the size it is said to have.
 */
export function resizeHuSlice(huSlice: Int16Array | Float32Array, from: SliceSize, to: SliceSize): Float32Array {
  checkLength(huSlice.length, from);
  const columns = linearTaps(from[0], to[0]);
  const rows = linearTaps(from[1], to[1]);
  const out = new Float32Array(to[0] * to[1]);
  const f32 = Math.fround;
  let p = 0;
  for (const row of rows) {
    const [above, below] = [row.first * from[0], row.second * from[0]];
    for (const column of columns) {
      let sum = f32(f32(column.toFirst * row.toFirst) * (huSlice[above + column.first] as number));
      sum = f32(sum + f32(f32(column.toSecond * row.toFirst) * (huSlice[above + column.second] as number)));
      sum = f32(sum + f32(f32(column.toFirst * row.toSecond) * (huSlice[below + column.first] as number)));
      sum = f32(sum + f32(f32(column.toSecond * row.toSecond) * (huSlice[below + column.second] as number)));
      out[p++] = sum;
    }
  }
  return out;
}

/**
 * Labels of a slice on another grid: each pixel takes the label of its nearest source pixel.
 * @param labels - Row-major, of size `from`; never modified.
 * @returns Labels, row-major, of size `to`.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` if the slice does not have the size it is said to have.
 */
export function resizeLabelSlice(labels: Uint8Array, from: SliceSize, to: SliceSize): Uint8Array {
  checkLength(labels.length, from);
  const sources = nearestSourcePixels(from, to);
  const out = new Uint8Array(sources.length);
  for (let p = 0; p < out.length; p++) out[p] = labels[sources[p] as number] as number;
  return out;
}

/**
 * For each pixel of a slice of size `to`, the pixel of a slice of size `from` that its centre lies in; of two at the
 * same distance the one before.
 * @returns indices into a row-major slice of size `from`, row-major.
 */
export function nearestSourcePixels(from: SliceSize, to: SliceSize): Uint32Array {
  const columns = nearestPixels(from[0], to[0]);
  const rows = nearestPixels(from[1], to[1]);
  const out = new Uint32Array(to[0] * to[1]);
  let p = 0;
  for (const row of rows) for (const column of columns) out[p++] = row * from[0] + column;
  return out;
}

/** The two source pixels of a target pixel along one axis, and their weights. */
interface LinearTap {
  readonly first: number;
  readonly second: number;
  readonly toFirst: number;
  readonly toSecond: number;
}

function linearTaps(from: number, to: number): LinearTap[] {
  return sourceCoordinates(from, to).map((coordinate) => {
    const inside = Math.min(Math.max(coordinate, 0), from - 1);
    const first = Math.floor(inside);
    const second = Math.min(first + 1, from - 1);
    if (first === second) return { first, second, toFirst: 0.5, toSecond: 0.5 };
    return { first, second, toFirst: Math.fround(second - inside), toSecond: Math.fround(inside - first) };
  });
}

/**
 * Whole numbers, so that halves are halves: ONNX Runtime's float32 takes another pixel there for some ratios (14 to
 * 19), never where the grid that labels come from is a power of two.
 */
function nearestPixels(from: number, to: number): number[] {
  return Array.from({ length: to }, (_, x) => Math.floor(((2 * x + 1) * from - 1) / (2 * to)));
}

/** Where the centres of the target pixels lie on the source grid, in source pixels, not yet limited to it. */
function sourceCoordinates(from: number, to: number): number[] {
  const scale = Math.fround(to / from);
  return Array.from({ length: to }, (_, x) => (from === to ? x : Math.fround(Math.fround((x + 0.5) / scale) - 0.5)));
}

function checkLength(pixels: number, [width, height]: SliceSize): void {
  if (pixels !== width * height) {
    throw new VoxwatchError(
      'INVALID_ARGUMENT',
      `A slice of ${width} × ${height} has ${width * height} pixels; this one has ${pixels}.`,
    );
  }
}
