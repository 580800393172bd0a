import { describe, expect, it } from 'vitest';
import { ALL_INSIDE, surfaceElementAreasMm2 } from '../../../evaluate/metrics/surface-elements.ts';

describe('surfaceElementAreasMm2', () => {
  const areas = surfaceElementAreasMm2([2, 3, 5]);

  it('gives planes their exact area', () => {
    expect(areas[0b00001111]).toBeCloseTo(3 * 5, 12);
    expect(areas[0b01010101]).toBeCloseTo(2 * 5, 12);
    expect(areas[0b00110011]).toBeCloseTo(2 * 3, 12);
  });

  it('cuts off a single voxel with a triangle through the middles of three edges', () => {
    expect(areas[1]).toBeCloseTo(Math.hypot(15, 10, 6) / 8, 12);
  });

  it('has no surface where all voxels are of one kind', () => {
    expect([areas[0], areas[ALL_INSIDE]]).toEqual([0, 0]);
  });

  it('gives a mask and its background the same surface', () => {
    for (let code = 0; code <= ALL_INSIDE; code++) expect(areas[ALL_INSIDE - code]).toBeCloseTo(areas[code] as number, 12);
  });
});
