import { describe, expect, it } from 'vitest';
import { type DistanceGrid, nearestDistancesMm } from '../../core/distance-transform.ts';
import { seededRandom } from '../evaluate/label-maps.ts';

function bruteForce(grid: DistanceGrid, marks: Uint8Array, feature: number, queries: Uint32Array): number[] {
  const [ni, nj] = grid.sizeVoxels;
  const place = (p: number): [number, number, number] => {
    const k = Math.floor(p / (ni * nj));
    return [
      (p % ni) * grid.spacingMm[0],
      (Math.floor(p / ni) % nj) * grid.spacingMm[1],
      grid.slicePositionsMm ? (grid.slicePositionsMm[k] as number) : k * grid.spacingMm[2],
    ];
  };
  const features = [...marks.keys()].filter((p) => (marks[p] as number) & feature).map(place);
  return [...queries].map((query) => {
    const [x, y, z] = place(query);
    return Math.min(...features.map(([a, b, c]) => Math.hypot(x - a, y - b, z - c)));
  });
}

describe('nearestDistancesMm', () => {
  it('equals brute force on random marks, sparse and dense, with uneven slices too', () => {
    const random = seededRandom(1);
    for (let round = 0; round < 60; round++) {
      const size = [1, 1, 1].map(() => 1 + Math.floor(random() * 9)) as [number, number, number];
      const count = size[0] * size[1] * size[2];
      const density = [0.02, 0.2, 0.7][round % 3] as number;
      const marks = Uint8Array.from({ length: count }, () => (random() < density ? 1 : 0) | (random() < density ? 2 : 0));
      const grid: DistanceGrid = {
        sizeVoxels: size,
        spacingMm: [0.7, 0.3 + random(), 5],
        ...(round % 2 ? { slicePositionsMm: uneven(size[2], random) } : {}),
      };
      const queries = Uint32Array.from([...marks.keys()].filter(() => random() < 0.5));
      const found = nearestDistancesMm(grid, { marks, feature: 2, queries });
      bruteForce(grid, marks, 2, queries).forEach((distance, n) => {
        if (Number.isFinite(distance)) expect(found[n]).toBeCloseTo(distance, 10);
        else expect(found[n]).toBe(Number.POSITIVE_INFINITY);
      });
    }
  });
});

function uneven(slices: number, random: () => number): Float64Array {
  let at = -100;
  return Float64Array.from({ length: slices }, () => {
    at += 0.5 + 4 * random();
    return at;
  });
}
