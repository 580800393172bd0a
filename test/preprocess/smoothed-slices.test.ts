import { describe, expect, it } from 'vitest';
import { affineFromColumns } from '../../core/affine.ts';
import { createRandom } from '../../core/random.ts';
import { createVolume, type Volume } from '../../core/volume.ts';
import { axialView, readBoxInto, wholeSlice } from '../../preprocess/reorient.ts';
import { slicePositionsMm } from '../../preprocess/slice-positions.ts';
import { smoothedSlices } from '../../preprocess/smoothed-slices.ts';
import { ALL_VOXEL_ORDERS, reorderVolume } from '../runtime/make-volume.ts';

const [WIDTH, HEIGHT] = [9, 7];

function noise(slices: number, stepMm: number, positions?: readonly number[]): Volume {
  const random = createRandom(3);
  const hu = Int16Array.from({ length: WIDTH * HEIGHT * slices }, () => random.normal(40, 200));
  return createVolume(
    {
      sizeVoxels: [WIDTH, HEIGHT, slices],
      voxelToWorld: affineFromColumns([1, 0, 0], [0, 1, 0], [0, 0, stepMm], [0, 0, 0]),
      ...(positions ? { slicePositionsMm: positions } : {}),
    },
    hu,
  );
}

function readAll(volume: Volume, smoothingMm: number, order?: readonly number[]): Int16Array[] {
  const view = axialView(volume.geometry);
  const read = smoothedSlices(view, volume.hu, {
    box: wholeSlice(view),
    padding: 0,
    positionsMm: slicePositionsMm(view),
    smoothingMm,
  });
  const slices: Int16Array[] = [];
  for (const k of order ?? Array.from({ length: view.sizeVoxels[2] }, (_, n) => n)) {
    slices[k] = new Int16Array(WIDTH * HEIGHT);
    read(k, slices[k]);
  }
  return slices;
}

/** The definition, over all slices of the scan. */
function slowly(volume: Volume, smoothingMm: number, reach: number): number[][] {
  const view = axialView(volume.geometry);
  const positions = slicePositionsMm(view);
  const slices = Array.from(positions, (_, k) => {
    const slice = new Int16Array(WIDTH * HEIGHT);
    readBoxInto(view, volume.hu, { k, box: wholeSlice(view), padding: 0 }, slice);
    return slice;
  });
  return slices.map((_, k) => {
    const weights = Array.from(positions, (z) => {
      const away = Math.abs(z - (positions[k] as number)) / smoothingMm;
      return away <= reach ? Math.exp(-(away * away) / 2) : 0;
    });
    const total = weights.reduce((a, b) => a + b);
    return Array.from(slices[k] as Int16Array, (_, p) =>
      weights.reduce((sum, weight, n) => sum + (weight / total) * (slices[n]?.[p] as number), 0),
    );
  });
}

describe('slices averaged along the body', () => {
  it.each([
    ['even', noise(12, 1)],
    ['uneven', noise(6, 1, [0, 1, 1.5, 4, 9, 10])],
  ])('are a bell over true positions, cut at the ends, of %s slices in every voxel order', (_, volume) => {
    const expected = slowly(volume, 1.2, 2.4);
    for (const order of ALL_VOXEL_ORDERS) {
      const found = readAll(volume.geometry.slicePositionsMm ? volume : reorderVolume(volume, order), 1.2);
      found.forEach((slice, k) => {
        slice.forEach((value, p) => {
          expect(Math.abs(value - (expected[k]?.[p] as number))).toBeLessThanOrEqual(0.51);
        });
      });
    }
  });

  it('are the same in whatever order they are read', () => {
    const volume = noise(10, 1);
    expect(readAll(volume, 2, [7, 2, 9, 0, 1, 8, 3, 5, 4, 6])).toEqual(readAll(volume, 2));
  });

  it('are as they are without a bell, where neighbours are far, and where there is one slice', () => {
    const plain = readAll(noise(8, 3), 0);
    expect(readAll(noise(8, 3), 1.2)).toEqual(plain);
    expect(readAll(noise(1, 1), 5)).toEqual(readAll(noise(1, 1), 0));
  });

  it('lose noise', () => {
    const deviation = (slices: readonly Int16Array[]): number => {
      const values = slices.flatMap((slice) => [...slice]);
      const mean = values.reduce((a, b) => a + b) / values.length;
      return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    };
    const volume = noise(40, 1);
    // The square root of the sum of squared shares.
    expect(deviation(readAll(volume, 1.2)) / deviation(readAll(volume, 0))).toBeCloseTo(0.49, 1);
  });
});
