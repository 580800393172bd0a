/**
 * Gaussian blur of one slice: what a reconstruction kernel does to edges and grain.
 * @module
 */

/**
 * Gaussian blur of a slice, one axis after the other; edges are repeated.
 * @param image - Row by row, i fastest; never modified.
 * @param sigma - Standard deviation of the bell, pixels, above 0.
 */
export function blurSlice(image: Float32Array, [nx, ny]: readonly [number, number], sigma: number): Float32Array {
  const radius = Math.ceil(2.5 * sigma);
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, n) => Math.exp(-((n - radius) ** 2) / (2 * sigma * sigma)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const kernel = weights.map((weight) => weight / total);
  const rows = new Float32Array(image.length);
  for (let j = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++) {
      let sum = 0;
      for (let n = -radius; n <= radius; n++) {
        const c = i + n < 0 ? 0 : i + n >= nx ? nx - 1 : i + n;
        sum += (kernel[n + radius] as number) * (image[j * nx + c] as number);
      }
      rows[j * nx + i] = sum;
    }
  }
  const out = new Float32Array(image.length);
  for (let j = 0; j < ny; j++) {
    for (let n = -radius; n <= radius; n++) {
      const r = j + n < 0 ? 0 : j + n >= ny ? ny - 1 : j + n;
      const weight = kernel[n + radius] as number;
      for (let i = 0; i < nx; i++) out[j * nx + i] = (out[j * nx + i] as number) + weight * (rows[r * nx + i] as number);
    }
  }
  return out;
}
