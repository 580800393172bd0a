import { describe, expect, it } from 'vitest';
import { readNpy } from '../../../formats/npy/read-npy.ts';
import { encodeNpy } from '../../../formats/npy/write-npy.ts';

describe('a NumPy file', () => {
  it.each([
    [Uint8Array.of(0, 1, 255, 7, 8, 9), [2, 3]],
    [Int16Array.of(-1024, 3071, 0), [3]],
    [Float32Array.of(-0.5, 1e-30, 3, 4), [1, 2, 2]],
  ])('is read as it was written: %j', (values, shape) => {
    expect(readNpy(encodeNpy(values, shape))).toEqual({ shape, values });
  });

  it('has numbers that begin on a multiple of 64 bytes, after a line as NumPy writes it', () => {
    const bytes = encodeNpy(Int16Array.of(1, 2), [2]);
    expect(bytes.length).toBe(128 + 4);
    expect(Buffer.from(bytes.subarray(10, 128)).toString('latin1')).toMatch(
      /^\{'descr': '<i2', 'fortran_order': False, 'shape': \(2,\), \} +\n$/,
    );
  });
});
