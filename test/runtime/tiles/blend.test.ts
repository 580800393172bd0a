import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { tileWeights } from '../../../preprocess/tiles/tile-weights.ts';
import { TileBlend } from '../../../runtime/tiles/blend.ts';
import { flipped, mirrorings } from '../../../runtime/tiles/mirror.ts';

describe('TileBlend', () => {
  it('gives the weighted means that adding up the whole grid gives', () => {
    const random = createRandom(11);
    const [channels, tile, size] = [2, [3, 4, 5] as const, [8, 7, 9] as const];
    const weights = tileWeights(tile, { kind: 'gaussian', sigmaFraction: 0.3, centre: 'middle', floor: 0 });
    const voxels = size[0] * size[1] * size[2];
    const [sums, counts] = [new Float64Array(channels * voxels), new Float64Array(voxels)];
    const blend = new TileBlend({ channels, tile, rows: size[1], columns: size[2] }, weights);
    const found = new Float32Array(channels * voxels);
    const order: number[] = [];
    const give = (plane: number, values: Float32Array): void => {
      order.push(plane);
      const pixels = size[1] * size[2];
      for (let c = 0; c < channels; c++) found.set(values.subarray(c * pixels, (c + 1) * pixels), c * voxels + plane * pixels);
    };
    for (const plane of [0, 2, 5]) {
      blend.takeBelow(plane, give);
      for (const row of [0, 2, 3])
        for (const column of [0, 4]) {
          const values = Float32Array.from({ length: channels * 60 }, () => random.normal(0, 1));
          blend.add(values, [plane, row, column]);
          for (let p = 0; p < 60; p++) {
            const [a, b, c] = [plane + Math.floor(p / 20), row + (Math.floor(p / 5) % 4), column + (p % 5)];
            const at = (a * size[1] + b) * size[2] + c;
            counts[at]! += weights[p]!;
            for (let channel = 0; channel < channels; channel++)
              sums[channel * voxels + at]! += weights[p]! * values[channel * 60 + p]!;
          }
        }
    }
    blend.takeBelow(size[0], give);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    found.forEach((value, p) => expect(value).toBeCloseTo(sums[p]! / counts[p % voxels]!, 5));
  });
});

describe('mirroring', () => {
  it('makes each combination once, none first, and undoes itself', () => {
    const all = mirrorings([2, 0]);
    expect(all).toEqual([
      [false, false, false],
      [false, false, true],
      [true, false, false],
      [true, false, true],
    ]);
    const values = Float32Array.from({ length: 2 * 24 }, (_, p) => p);
    for (const flips of all) expect(flipped(flipped(values, [2, 3, 4], flips), [2, 3, 4], flips)).toEqual(values);
    expect(Array.from(flipped(values, [2, 3, 4], [true, false, true]).subarray(0, 4))).toEqual([15, 14, 13, 12]);
  });
});
