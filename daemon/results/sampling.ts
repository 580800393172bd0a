/**
 * Pixels of a picture → the voxels of a slice that they are made of.
 * @module
 */

/** For each pixel of an axis: the two voxels it lies between, the weight of the second, and the nearest one. */
export interface Sampling {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly weight: Float64Array;
  readonly nearest: Int32Array;
}

/** An axis of so many voxels, shown in so many pixels. */
export function sampling(voxels: number, pixels: number): Sampling {
  const result = {
    low: new Int32Array(pixels),
    high: new Int32Array(pixels),
    weight: new Float64Array(pixels),
    nearest: new Int32Array(pixels),
  };
  for (let p = 0; p < pixels; p++) {
    const centre = Math.min(voxels - 1, Math.max(0, ((p + 0.5) * voxels) / pixels - 0.5));
    result.low[p] = Math.floor(centre);
    result.high[p] = Math.min(voxels - 1, Math.floor(centre) + 1);
    result.weight[p] = centre - Math.floor(centre);
    result.nearest[p] = Math.min(voxels - 1, Math.floor(((p + 0.5) * voxels) / pixels));
  }
  return result;
}

/**
 * Labels of a slice at the pixels of a picture.
 * @param columns - Of the slice.
 * @returns row by row, as many as both axes have pixels.
 */
export function resampleNearest(labels: Uint8Array, columns: number, x: Sampling, y: Sampling): Uint8Array {
  const [width, height] = [x.nearest.length, y.nearest.length];
  const out = new Uint8Array(width * height);
  for (let row = 0, p = 0; row < height; row++) {
    const from = (y.nearest[row] as number) * columns;
    for (let column = 0; column < width; column++) out[p++] = labels[from + (x.nearest[column] as number)] as number;
  }
  return out;
}
