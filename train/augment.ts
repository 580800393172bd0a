/**
 * Augmentation: one affine map for image and mask alike; image linear, mask nearest.
 * @module
 */

import type { CropBox } from '../core/crop-box.ts';
import type { Random } from '../core/random.ts';
import type { TrainingSlice } from './data/slice-store.ts';
import type { AugmentationRanges } from './recipe.ts';

/** Where a sample's pixel [u, v] is taken from in the slice: `x = a·u + b·v + c`, `y = d·u + e·v + f`. */
export type SampleMap = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** What lies outside a slice, HU. */
const OUTSIDE_HU = -1024;

/** No change but the place: the sample's [0, 0] is the slice's [left, top]. */
export function plainMap(left: number, top: number): SampleMap {
  return [1, 0, left, 0, 1, top];
}

/**
 * The whole of a box, resized to a sample of another size: edges on edges, as ONNX's Resize with `half_pixel` does.
 * @param size - Pixels of the sample.
 */
export function resizedMap({ start, sizePixels }: CropBox, size: readonly [number, number]): SampleMap {
  const [across, down] = [sizePixels[0] / size[0], sizePixels[1] / size[1]];
  return [across, 0, start[0] + (across - 1) / 2, 0, down, start[1] + (down - 1) / 2];
}

/**
 * A random map about a centre.
 * @param centre - Point of the slice that stays at `anchor` (but for the shift), pixels.
 * @param anchor - Where it lies in the sample, pixels.
 * @param scale - Pixels of the slice a pixel of the sample, without zoom.
 */
export function sampleMap(
  random: Random,
  ranges: AugmentationRanges,
  centre: readonly [number, number],
  anchor: readonly [number, number],
  scale: readonly [number, number] = [1, 1],
): SampleMap {
  const angle = (random.uniform(-1, 1) * ranges.rotationDegrees * Math.PI) / 180;
  const zoom = (1 + ranges.zoom) ** random.uniform(-1, 1);
  const shear = random.uniform(-1, 1) * ranges.shear;
  const flipX = random.chance(ranges.horizontalFlip) ? -1 : 1;
  const flipY = random.chance(ranges.verticalFlip) ? -1 : 1;
  const [cos, sin] = [Math.cos(angle) / zoom, Math.sin(angle) / zoom];
  const a = cos * flipX * scale[0];
  const b = (-sin + shear * cos) * flipY * scale[0];
  const d = sin * flipX * scale[1];
  const e = (cos + shear * sin) * flipY * scale[1];
  const x = centre[0] + random.uniform(-1, 1) * ranges.shiftPixels;
  const y = centre[1] + random.uniform(-1, 1) * ranges.shiftPixels;
  return [a, b, x - a * anchor[0] - b * anchor[1], d, e, y - d * anchor[0] - e * anchor[1]];
}

/**
 * Takes a sample out of a slice.
 * @returns HU (float) and labels of `size`, i fastest.
 */
export function takeSample(
  slice: TrainingSlice,
  sliceSize: readonly [number, number],
  map: SampleMap,
  size: readonly [number, number],
): { readonly hu: Float32Array; readonly labels: Uint8Array } {
  const [width, height] = sliceSize;
  const [a, b, c, d, e, f] = map;
  const hu = new Float32Array(size[0] * size[1]).fill(OUTSIDE_HU);
  const labels = new Uint8Array(size[0] * size[1]);
  for (let v = 0, p = 0; v < size[1]; v++) {
    for (let u = 0; u < size[0]; u++, p++) {
      const x = a * u + b * v + c;
      const y = d * u + e * v + f;
      if (x < 0 || y < 0 || x > width - 1 || y > height - 1) continue;
      const i = Math.min(width - 2, Math.floor(x));
      const j = Math.min(height - 2, Math.floor(y));
      const [fx, fy] = [x - i, y - j];
      const q = j * width + i;
      const top = (slice.hu[q] as number) * (1 - fx) + (slice.hu[q + 1] as number) * fx;
      const bottom = (slice.hu[q + width] as number) * (1 - fx) + (slice.hu[q + width + 1] as number) * fx;
      hu[p] = top * (1 - fy) + bottom * fy;
      labels[p] = slice.labels[Math.round(y) * width + Math.round(x)] as number;
    }
  }
  return { hu, labels };
}
