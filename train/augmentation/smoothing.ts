/**
 * Gaussian smoothing of a grid of numbers, one axis after the other.
 * @module
 */

/** The kernel ends where the bell is a three-thousandth of its top. */
const RADIUS_IN_SIGMAS = 4;

/** Samples of a bell, summing to 1. @param sigma - Above 0. */
export function gaussianKernel(sigma: number): Float64Array {
  const radius = Math.ceil(RADIUS_IN_SIGMAS * sigma);
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, n) => Math.exp(-((n - radius) ** 2) / (2 * sigma * sigma)));
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  return kernel.map((weight) => weight / sum);
}

/**
 * Convolves both axes with a kernel of 2r + 1 weights.
 * @param values - (width + 2r) × (height + 2r) numbers, i fastest.
 * @returns width × height numbers: those round which the whole kernel fits.
 */
export function convolve(
  values: ArrayLike<number>,
  [width, height]: readonly [width: number, height: number],
  kernel: Float64Array,
): Float64Array {
  const paddedWidth = width + kernel.length - 1;
  const rows = new Float64Array(width * (height + kernel.length - 1));
  for (let p = 0; p < rows.length; p++) {
    const first = Math.floor(p / width) * paddedWidth + (p % width);
    let sum = 0;
    for (let n = 0; n < kernel.length; n++) sum += (kernel[n] as number) * (values[first + n] as number);
    rows[p] = sum;
  }
  const out = new Float64Array(width * height);
  for (let n = 0; n < kernel.length; n++) {
    const weight = kernel[n] as number;
    for (let p = 0, q = n * width; p < out.length; p++, q++) out[p] = (out[p] as number) + weight * (rows[q] as number);
  }
  return out;
}

/**
 * A grid with a margin in which it is mirrored, its edge pixels twice: smoothing then keeps its mean.
 * @returns (width + 2·margin) × (height + 2·margin) numbers.
 */
export function mirrorEdges(
  values: ArrayLike<number>,
  [width, height]: readonly [width: number, height: number],
  margin: number,
): Float64Array {
  const columns = mirroredIndices(width, margin);
  const out = new Float64Array((width + 2 * margin) * (height + 2 * margin));
  let p = 0;
  for (const j of mirroredIndices(height, margin)) for (const i of columns) out[p++] = values[j * width + i] as number;
  return out;
}

function mirroredIndices(length: number, margin: number): Int32Array {
  return Int32Array.from({ length: length + 2 * margin }, (_, n) => {
    const period = 2 * length;
    const at = (((n - margin) % period) + period) % period;
    return at < length ? at : period - 1 - at;
  });
}
