/**
 * Slices to augment, and what is measured on a sample: where things lie in it, how large they are, how its numbers spread.
 * @module
 */
import { createRandom } from '../../../core/random.ts';
import type { Transform } from '../../../train/augmentation/augmentation.ts';
import { augmentedSample } from '../../../train/augmentation/augmented-sample.ts';
import type { Sample, SlicePixels } from '../../../train/augmentation/sample.ts';
import { sampleMap } from '../../../train/augmentation/sample-map.ts';

export const WIDTH = 64;
export const HEIGHT = 48;
export const SIZE = [WIDTH, HEIGHT] as const;
export const MIDDLE = [(WIDTH - 1) / 2, (HEIGHT - 1) / 2] as const;
/** A sample as large as its slice, turned about the middle. */
export const PIVOT = { centre: MIDDLE, anchor: MIDDLE, scale: [1, 1] } as const;

/** Every pixel differs from its neighbours, in HU and in label. */
export const COUNTING: SlicePixels = {
  hu: Int16Array.from({ length: WIDTH * HEIGHT }, (_, p) => ((p * 37) % 1999) - 1000),
  labels: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, p) => (p * 7) % 3),
};

/** A disc of 100 HU and label 1 in air. */
export function disc(x: number, y: number, radius: number): SlicePixels {
  const isInside = (p: number): boolean => Math.hypot((p % WIDTH) - x, Math.floor(p / WIDTH) - y) <= radius;
  return {
    hu: Int16Array.from({ length: WIDTH * HEIGHT }, (_, p) => (isInside(p) ? 100 : -1000)),
    labels: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, p) => Number(isInside(p))),
  };
}

/** The whole slice under one transform, or several. */
export function augmented(slice: SlicePixels, seed: number, ...augmentation: readonly Transform[]): Sample {
  const map = sampleMap(createRandom(seed), augmentation, PIVOT);
  return augmentedSample(slice, SIZE, { augmentation, map, random: createRandom(seed, 'sample'), size: SIZE });
}

export interface Shape {
  readonly x: number;
  readonly y: number;
  readonly area: number;
  /** Standard deviation along the longest and the shortest direction. */
  readonly long: number;
  readonly short: number;
}

/** Where what is inside lies, and how far it spreads. */
export function shapeOf(inside: (p: number) => number): Shape {
  let [area, x, y, xx, yy, xy] = [0, 0, 0, 0, 0, 0];
  for (let p = 0; p < WIDTH * HEIGHT; p++) {
    const weight = inside(p);
    const [u, v] = [p % WIDTH, Math.floor(p / WIDTH)];
    area += weight;
    x += weight * u;
    y += weight * v;
    xx += weight * u * u;
    yy += weight * v * v;
    xy += weight * u * v;
  }
  const [mx, my] = [x / area, y / area];
  const [a, b, c] = [xx / area - mx * mx, xy / area - mx * my, yy / area - my * my];
  const root = Math.sqrt(((a - c) / 2) ** 2 + b * b);
  return { x: mx, y: my, area, long: Math.sqrt((a + c) / 2 + root), short: Math.sqrt((a + c) / 2 - root) };
}

/** Of a disc, in the image and in the mask. */
export function shapesOf({ hu, labels }: Sample): { readonly image: Shape; readonly mask: Shape } {
  return {
    image: shapeOf((p) => Math.max(0, (hu[p] as number) + 1000) / 1100),
    mask: shapeOf((p) => labels[p] as number),
  };
}

export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let p = 0; p < values.length; p++) sum += values[p] as number;
  return sum / values.length;
}

export function deviationOf(values: ArrayLike<number>): number {
  const mean = meanOf(values);
  let sum = 0;
  for (let p = 0; p < values.length; p++) sum += ((values[p] as number) - mean) ** 2;
  return Math.sqrt(sum / values.length);
}

/** A picture without a mask. */
export function imageOf(size: readonly [number, number], hu: (i: number, j: number) => number): Float32Array {
  return Float32Array.from({ length: size[0] * size[1] }, (_, p) => hu(p % size[0], Math.floor(p / size[0])));
}
