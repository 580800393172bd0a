/**
 * HU of one slice on a coarser or finer grid, each new pixel from all the pixels it covers: nothing between is skipped, so
 * thin bright things do not come and go with the grid.
 *
 * Source: ONNX operator Resize-18, `linear`, `antialias = 1`, `half_pixel`, as ONNX Runtime's CPU provider computes it
 * (Pillow's bilinear filter): along each axis a triangle as wide as a new pixel is apart from its neighbours on the old
 * grid, never narrower than an old pixel; what it reaches beyond the edge counts for the pixel at the edge. Rows first,
 * then columns, each sum rounded to float32, so that graph and this file give equal numbers. On a finer grid it is plain
 * bilinear interpolation.
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';
import type { SliceSize } from './resize.ts';

/** The old pixels of each new one along an axis. */
interface AxisTaps {
  /** First old pixel of each new one. */
  readonly first: Int32Array;
  /** How many old pixels each new one takes. */
  readonly count: Int32Array;
  /** Their weights, `widest` numbers a new pixel; they add up to 1. */
  readonly weights: Float32Array;
  readonly widest: number;
}

/**
 * HU of a slice on another grid, bilinear and antialiased.
 * @param huSlice - HU, row-major, of size `from`; never modified.
 * @returns HU, row-major, of size `to`; a copy where both sizes are equal.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` if the slice does not have the size it is said to have.
 */
export function resizeHuAntialiased(huSlice: Int16Array | Float32Array, from: SliceSize, to: SliceSize): Float32Array {
  const [width, height] = from;
  if (huSlice.length !== width * height) {
    throw new VoxwatchError(
      'INVALID_ARGUMENT',
      `A slice of ${width} × ${height} has ${width * height} pixels; this one has ${huSlice.length}.`,
    );
  }
  const narrowed = alongRows(huSlice, from, to[0]);
  return alongColumns(narrowed, [to[0], height], to[1]);
}

function alongRows(hu: Int16Array | Float32Array, [width, height]: SliceSize, toWidth: number): Float32Array {
  if (toWidth === width) return Float32Array.from(hu);
  const { first, count, weights, widest } = axisTaps(width, toWidth);
  const f32 = Math.fround;
  const out = new Float32Array(toWidth * height);
  for (let v = 0, p = 0; v < height; v++) {
    for (let u = 0; u < toWidth; u++, p++) {
      const source = v * width + (first[u] as number);
      let sum = 0;
      for (let n = 0; n < (count[u] as number); n++) {
        sum = f32(sum + f32((weights[u * widest + n] as number) * (hu[source + n] as number)));
      }
      out[p] = sum;
    }
  }
  return out;
}

function alongColumns(hu: Float32Array, [width, height]: SliceSize, toHeight: number): Float32Array {
  if (toHeight === height) return hu;
  const { first, count, weights, widest } = axisTaps(height, toHeight);
  const f32 = Math.fround;
  const out = new Float32Array(width * toHeight);
  for (let v = 0; v < toHeight; v++) {
    for (let n = 0; n < (count[v] as number); n++) {
      const weight = weights[v * widest + n] as number;
      const source = ((first[v] as number) + n) * width;
      for (let u = 0, p = v * width; u < width; u++, p++) {
        out[p] = f32((out[p] as number) + f32(weight * (hu[source + u] as number)));
      }
    }
  }
  return out;
}

/**
 * What each new pixel along an axis takes of each old one.
 * @returns [to, from], row-major; each row adds up to 1.
 */
export function resizeWeights(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from);
  const { first, count, weights, widest } = axisTaps(from, to);
  for (let x = 0; x < to; x++) {
    const own = weights.subarray(x * widest, x * widest + (count[x] as number));
    matrix.set(own, x * from + (first[x] as number));
  }
  return matrix;
}

/** Step by step as ONNX Runtime's `SetupUpsampleFilterAntiAlias`, float32 where it has float32. */
function axisTaps(from: number, to: number): AxisTaps {
  const f32 = Math.fround;
  const ratio = f32(to / from);
  const pixelsApart = f32(1 / ratio);
  const reach = Math.max(1, pixelsApart);
  const narrowing = pixelsApart >= 1 ? f32(1 / pixelsApart) : 1;
  const widest = Math.ceil(reach) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Float32Array(to * widest);
  for (let x = 0; x < to; x++) {
    const centre = f32(0.5 + f32(f32(f32(x + 0.5) / ratio) - 0.5));
    const start = Math.floor(f32(f32(centre - reach) + 0.5));
    const end = Math.floor(f32(f32(centre + reach) + 0.5));
    first[x] = Math.max(0, start);
    count[x] = Math.min(from, end) - (first[x] as number);
    let total = 0;
    for (let pixel = start; pixel < end; pixel++) {
      const weight = f32(Math.max(0, 1 - Math.abs(f32(f32(f32(pixel - centre) + 0.5) * narrowing))));
      total = f32(total + weight);
      const at = x * widest + Math.min(Math.max(pixel, 0), from - 1) - (first[x] as number);
      weights[at] = (weights[at] as number) + weight;
    }
    const share = f32(1 / total);
    for (let n = x * widest; n < (x + 1) * widest; n++) weights[n] = (weights[n] as number) * share;
  }
  return { first, count, weights, widest };
}
