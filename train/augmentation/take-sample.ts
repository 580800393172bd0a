/**
 * Takes a sample out of a slice in one resampling for image and mask alike: image linear, mask nearest.
 * @module
 */
import type { Displacement } from './elastic.ts';
import type { Sample, SlicePixels } from './sample.ts';
import type { SampleMap } from './sample-map.ts';

/** What lies outside a slice of HU: air. Outside of values as stored lies 0. */
const OUTSIDE_HU = -1024;

/** Where a sample is taken from. */
export interface SamplePlace {
  readonly map: SampleMap;
  /** Moves each pixel of the sample before the map is asked. */
  readonly displacement?: Displacement | undefined;
}

/**
 * @param sliceSize - Width and height, at least 2 pixels each.
 * @param size - Width and height of the sample.
 * @returns values and labels of `size`, i fastest; outside of the slice lie air (or 0) and background.
 */
export function takeSample(
  { hu, labels }: SlicePixels,
  sliceSize: readonly [number, number],
  { map, displacement }: SamplePlace,
  size: readonly [number, number],
): Sample {
  const [width, height] = sliceSize;
  const [slicePixels, pixels] = [width * height, size[0] * size[1]];
  const channels = hu.length / slicePixels;
  const [a, b, c, d, e, f] = map;
  const outside = hu instanceof Int16Array ? OUTSIDE_HU : 0;
  const sample = { hu: new Float32Array(pixels * channels).fill(outside), labels: new Uint8Array(pixels) };
  for (let row = 0, p = 0; row < size[1]; row++) {
    for (let column = 0; column < size[0]; column++, p++) {
      const u = displacement ? column + (displacement.across[p] as number) : column;
      const v = displacement ? row + (displacement.down[p] as number) : row;
      const x = a * u + b * v + c;
      const y = d * u + e * v + f;
      if (x < 0 || y < 0 || x > width - 1 || y > height - 1) continue;
      const i = Math.min(width - 2, Math.floor(x));
      const j = Math.min(height - 2, Math.floor(y));
      const [fx, fy] = [x - i, y - j];
      for (let channel = 0; channel < channels; channel++) {
        const q = channel * slicePixels + j * width + i;
        const top = (hu[q] as number) * (1 - fx) + (hu[q + 1] as number) * fx;
        const bottom = (hu[q + width] as number) * (1 - fx) + (hu[q + width + 1] as number) * fx;
        sample.hu[channel * pixels + p] = top * (1 - fy) + bottom * fy;
      }
      sample.labels[p] = labels[Math.round(y) * width + Math.round(x)] as number;
    }
  }
  return sample;
}
