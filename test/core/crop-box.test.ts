import { describe, expect, it } from 'vitest';
import { cropAround, insideSlice } from '../../core/crop-box.ts';

describe('a crop round a point', () => {
  it('holds the point at floor(size / 2), for even and odd sizes', () => {
    expect(cropAround([100, 50], [256, 128])).toEqual({ start: [-28, -14], sizePixels: [256, 128] });
    expect(cropAround([100, 50], [5, 1])).toEqual({ start: [98, 50], sizePixels: [5, 1] });
  });

  it('stands on whole pixels for a centroid between them', () => {
    expect(cropAround([10.4, 10.6], [4, 4]).start).toEqual([8, 9]);
  });
});

describe('the part of a crop inside a slice', () => {
  it('is all of it where it does not leave the slice', () => {
    const box = { start: [3, 4], sizePixels: [5, 6] } as const;
    expect(insideSlice(box, [8, 10])).toEqual(box);
  });

  it('is cut at every edge that it passes', () => {
    expect(insideSlice({ start: [-3, -2], sizePixels: [20, 5] }, [8, 10])).toEqual({ start: [0, 0], sizePixels: [8, 3] });
    expect(insideSlice({ start: [6, 9], sizePixels: [20, 5] }, [8, 10])).toEqual({ start: [6, 9], sizePixels: [2, 1] });
  });

  it('has no pixel where nothing overlaps', () => {
    expect(insideSlice({ start: [-9, 0], sizePixels: [4, 4] }, [8, 10]).sizePixels).toEqual([0, 4]);
    expect(insideSlice({ start: [8, 10], sizePixels: [4, 4] }, [8, 10]).sizePixels).toEqual([0, 0]);
  });
});
