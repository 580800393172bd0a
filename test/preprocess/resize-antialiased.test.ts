import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resizeHuAntialiased } from '../../preprocess/resize-antialiased.ts';
import { onnxResize } from './onnx-resize.ts';

const sizes = fc.tuple(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 90 }));

describe('resizing HU with antialiasing', () => {
  it('gives the numbers of ONNX Runtime', async () => {
    const resize = await onnxResize('antialiased');
    await fc.assert(
      fc.asyncProperty(sizes, sizes, fc.integer(), async (from, to, seed) => {
        const hu = Int16Array.from({ length: from[0] * from[1] }, (_, p) => ((Math.imul(p + 1, 2654435761) ^ seed) % 1500) | 0);
        const expected = await resize(Float32Array.from(hu), from, to);
        const found = resizeHuAntialiased(hu, from, to);
        expect(found.length).toBe(expected.length);
        const largest = found.reduce((most, value, p) => Math.max(most, Math.abs(value - (expected[p] as number))), 0);
        // A few units in the last place of a sum of numbers up to 1500 HU.
        expect(largest).toBeLessThanOrEqual(1e-3);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it('loses nothing between the pixels: the mean of a slice stays', () => {
    const hu = new Int16Array(64).fill(0);
    hu[27] = 3000;
    const small = resizeHuAntialiased(hu, [64, 1], [8, 1]);
    expect(small.reduce((sum, value) => sum + value, 0) / 8).toBeCloseTo(3000 / 64, 2);
  });

  it('keeps a slice of the same size, and one value everywhere', () => {
    expect([...resizeHuAntialiased(Int16Array.of(-1024, 0, 7, 3071), [2, 2], [2, 2])]).toEqual([-1024, 0, 7, 3071]);
    for (const value of resizeHuAntialiased(new Int16Array(91).fill(-1000), [13, 7], [5, 9])) expect(value).toBeCloseTo(-1000, 3);
    expect([...resizeHuAntialiased(Int16Array.of(5), [1, 1], [3, 2])]).toEqual([5, 5, 5, 5, 5, 5]);
  });

  it('leaves its input alone and refuses a slice of another size', () => {
    const hu = Int16Array.of(1, 2, 3, 4);
    resizeHuAntialiased(hu, [2, 2], [1, 1]);
    expect([...hu]).toEqual([1, 2, 3, 4]);
    expect(() => resizeHuAntialiased(hu, [3, 2], [1, 1])).toThrow(/3 × 2 has 6 pixels; this one has 4/);
  });
});
