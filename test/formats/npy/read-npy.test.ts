import { describe, expect, it } from 'vitest';
import { readNpy } from '../../../formats/npy/read-npy.ts';
import { npy } from './write-npy.ts';

/** `numpy.save` of `numpy.array([[1.5, -2.0, 3.25]], '<f4')`, NumPy 2: byte for byte. */
const BY_NUMPY = Buffer.from(
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/AAAAwAAAUEA=',
  'base64',
);

describe('a NumPy file', () => {
  it('that NumPy wrote is read', () => {
    expect(readNpy(BY_NUMPY)).toEqual({ shape: [1, 3], values: Float32Array.of(1.5, -2, 3.25) });
  });

  it('is read in every numeric type, in both byte orders', () => {
    for (const type of ['u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'u8', 'i8', 'f4', 'f8'])
      for (const order of ['<', '>']) {
        const { values } = readNpy(npy(order + type, [4], [0, 1, 100, 127]));
        expect([...values], order + type).toEqual([0, 1, 100, 127]);
      }
    expect([...readNpy(npy('<i2', [3], [-32768, -1, 32767])).values]).toEqual([-32768, -1, 32767]);
    expect([...readNpy(npy('|b1', [3], [0, 1, 1])).values]).toEqual([0, 1, 1]);
  });

  it('of half floats is read: ordinary ones, the smallest, infinity, not-a-number', () => {
    const { values } = readNpy(npy('<f2', [6], [0x3c00, 0xc000, 0x3555, 0x0001, 0x7c00, 0x7e00]));
    expect([...values]).toEqual([1, -2, 0.333251953125, 2 ** -24, Number.POSITIVE_INFINITY, Number.NaN]);
  });

  it('in Fortran order comes out in C order', () => {
    // [[0, 1, 2], [3, 4, 5]], stored column by column.
    const { shape, values } = readNpy(npy('<i2', [2, 3], [0, 3, 1, 4, 2, 5], { isFortran: true }));
    expect([shape, [...values]]).toEqual([
      [2, 3],
      [0, 1, 2, 3, 4, 5],
    ]);
    const cube = Array.from({ length: 24 }, (_, n) => n);
    const stored = cube.map((_, n) => (n % 2) * 12 + (Math.floor(n / 2) % 3) * 4 + Math.floor(n / 6));
    expect([...readNpy(npy('<i2', [2, 3, 4], stored, { isFortran: true })).values]).toEqual(cube);
  });

  it('of versions 2 and 3 is read', () => {
    for (const version of [2, 3] as const) expect([...readNpy(npy('|u1', [2], [7, 9], { version })).values]).toEqual([7, 9]);
  });

  it('is read from the middle of another buffer', () => {
    const file = npy('<f8', [2], [1, 2]);
    const odd = new Uint8Array(file.length + 3);
    odd.set(file, 3);
    expect([...readNpy(odd.subarray(3)).values]).toEqual([1, 2]);
  });

  it('with pickled objects is refused, and so is anything else that is no plain number', () => {
    for (const descr of ['|O', '<c8', '<U5', '|S3', '<M8', '|V4', '<f16', '<f3'])
      expect(() => readNpy(npy(descr, [1], [0])), descr).toThrow(expect.objectContaining({ code: 'NPY_UNSUPPORTED' }));
    const records = npy('|u1', [1], [0], { header: "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }" });
    expect(() => readNpy(records)).toThrow(expect.objectContaining({ code: 'NPY_UNSUPPORTED' }));
  });

  it('that breaks off is refused wherever it does', () => {
    const file = npy('<f4', [2, 2], [1, 2, 3, 4]);
    for (let length = 0; length < file.length; length++) {
      expect(() => readNpy(file.subarray(0, length))).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(NPY_INVALID|INPUT_TRUNCATED)$/) }),
      );
    }
  });

  it('with a header that lies or is none is refused before anything is allocated', () => {
    const refused = (header: string, code = 'NPY_INVALID'): void =>
      expect(() => readNpy(npy('|u1', [1], [0], { header })), header).toThrow(expect.objectContaining({ code }));
    refused("{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999,), }", 'INPUT_TOO_LARGE');
    refused("{'descr': '|u1', 'fortran_order': False, 'shape': (1000,), }", 'INPUT_TRUNCATED');
    refused("{'descr': '|u1', 'fortran_order': False, 'shape': (0,), }");
    refused("{'descr': '|u1', 'fortran_order': False, 'shape': (1e3,), }");
    refused("{'descr': '|u1', 'fortran_order': False, 'shape': (-1,), }");
    refused("{'descr': '|u1', 'fortran_order': maybe(), 'shape': (1,), }");
    refused('nothing at all');
    refused("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1), }", 'NPY_UNSUPPORTED');
    refused("{'descr': '|u1', 'fortran_order': False, 'shape': (), }", 'NPY_UNSUPPORTED');
    const version = npy('|u1', [1], [0]);
    version[6] = 9;
    expect(() => readNpy(version)).toThrow(expect.objectContaining({ code: 'NPY_INVALID' }));
    const longer = new Uint8Array(npy('|u1', [1], [0]).length + 1);
    longer.set(npy('|u1', [1], [0]));
    expect(() => readNpy(longer)).toThrow(expect.objectContaining({ code: 'NPY_INVALID' }));
  });
});
