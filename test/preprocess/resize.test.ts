import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VoxwatchError } from '../../core/errors.ts';
import { nearestSourcePixels, resizeHuSlice, resizeLabelSlice } from '../../preprocess/resize.ts';
import { onnxResize } from './onnx-resize.ts';

const sizes = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }));

describe('resizing labels', () => {
  /** Sources that differ from ONNX Runtime's, where the centre does not lie just between two pixels. */
  const differing = async (grids: readonly number[], isTieCounted: boolean): Promise<string[]> => {
    const resize = await onnxResize('nearest');
    const found: string[] = [];
    for (const from of grids) {
      const line = Float32Array.from({ length: from }, (_, x) => x);
      for (let to = 1; to <= 130; to++) {
        const expected = await resize(line, [from, 1], [to, 1]);
        nearestSourcePixels([from, 1], [to, 1]).forEach((source, x) => {
          const isTie = ((2 * x + 1) * from) % (2 * to) === 0;
          if (source !== expected[x] && (isTieCounted || !isTie)) found.push(`${from} to ${to} at ${x}`);
        });
      }
    }
    return found;
  };

  it('takes the pixel that the centre lies in, as ONNX Runtime does from grids of 2^n pixels', async () => {
    expect(await differing([1, 2, 4, 8, 16, 32, 64, 128, 256, 512], true)).toEqual([]);
  });

  it('does so from other grids too, where the centre lies in one pixel', async () => {
    expect(await differing([3, 7, 14, 31, 48, 61, 100, 240, 244], false)).toEqual([]);
  });

  it('takes the middle of three pixels, not their corner', () => {
    expect([...resizeLabelSlice(Uint8Array.of(1, 2, 3, 4, 5, 6), [6, 1], [2, 1])]).toEqual([2, 5]);
  });

  it('repeats pixels where the size doubles', () => {
    expect([...resizeLabelSlice(Uint8Array.of(1, 2, 3, 4), [2, 2], [4, 4])]).toEqual([
      1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4,
    ]);
  });

  it('keeps a slice of the same size', () => {
    expect([...resizeLabelSlice(Uint8Array.of(1, 2, 3, 4, 5, 6), [3, 2], [3, 2])]).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('resizing HU', () => {
  it('gives the numbers of ONNX Runtime', async () => {
    const resize = await onnxResize('linear');
    await fc.assert(
      fc.asyncProperty(sizes, sizes, fc.integer(), async (from, to, seed) => {
        const hu = Int16Array.from({ length: from[0] * from[1] }, (_, p) => ((Math.imul(p + 1, 2654435761) ^ seed) % 1500) | 0);
        const expected = await resize(Float32Array.from(hu), from, to);
        resizeHuSlice(hu, from, to).forEach((value, p) => {
          // One unit in the last place of a sum of numbers up to 1500 HU.
          expect(Math.abs(value - (expected[p] as number))).toBeLessThanOrEqual(2.5e-4);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('keeps a slice of the same size', () => {
    expect([...resizeHuSlice(Int16Array.of(-1024, 0, 7, 3071), [2, 2], [2, 2])]).toEqual([-1024, 0, 7, 3071]);
  });

  it('keeps a ramp a ramp, edges apart', () => {
    const ramp = Int16Array.from({ length: 10 }, (_, x) => 20 * x);
    expect([...resizeHuSlice(ramp, [10, 1], [20, 1])].slice(1, 4)).toEqual([5, 15, 25]);
  });

  it('leaves its input alone and refuses a slice of another size', () => {
    const hu = Int16Array.of(1, 2, 3, 4);
    resizeHuSlice(hu, [2, 2], [3, 3]);
    expect([...hu]).toEqual([1, 2, 3, 4]);
    expect(() => resizeHuSlice(hu, [3, 2], [2, 2])).toThrow(VoxwatchError);
    expect(() => resizeLabelSlice(new Uint8Array(4), [3, 2], [2, 2])).toThrow(/3 × 2 has 6 pixels; this one has 4/);
  });
});
