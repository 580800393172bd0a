import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VoxwatchError } from '../../../core/errors.ts';
import { readSafetensors } from '../../../formats/safetensors/read-safetensors.ts';
import { safetensorsFile, writeFloats } from './write-safetensors.ts';

const entry = (dtype: string, shape: readonly number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

function floatsOf(dtype: string, bits: readonly number[]): number[] {
  const bytes = new Uint8Array(Uint16Array.from(bits).buffer);
  const file = safetensorsFile({ x: entry(dtype, [bits.length], 0, bytes.length) }, bytes);
  return [...(readSafetensors(file).get('x')?.floats() ?? [])];
}

describe('readSafetensors', () => {
  it('reads float32 tensors by name, with their shapes, wherever the file lies in memory', () => {
    const file = writeFloats({
      'a.weight': { shape: [2, 3], values: Float32Array.of(1, -2, 3.5, 4, 5, 6) },
      scalar: { shape: [], values: Float32Array.of(7) },
      none: { shape: [0, 4], values: new Float32Array() },
    });
    const moved = new Uint8Array(file.length + 3);
    moved.set(file, 3);
    const tensors = readSafetensors(moved.subarray(3));
    expect([...tensors.keys()]).toEqual(['a.weight', 'scalar', 'none']);
    expect(tensors.get('a.weight')?.shape).toEqual([2, 3]);
    expect([...(tensors.get('a.weight')?.floats() ?? [])]).toEqual([1, -2, 3.5, 4, 5, 6]);
    expect([...(tensors.get('scalar')?.floats() ?? [])]).toEqual([7]);
    expect([...(tensors.get('none')?.floats() ?? [1])]).toEqual([]);
  });

  it('reads half floats: normal, subnormal, infinite, not a number, and both zeros', () => {
    expect(floatsOf('F16', [0x3c00, 0xc000, 0x3555, 0x7bff, 0x0400, 0x03ff, 0x8001])).toEqual([
      1,
      -2,
      0.333251953125,
      65504,
      2 ** -14,
      1023 * 2 ** -24,
      -(2 ** -24),
    ]);
    expect(floatsOf('F16', [0x7c00, 0xfc00, 0x7e00, 0x0000, 0x8000])).toEqual([
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      0,
      -0,
    ]);
  });

  it('reads bfloat16, the upper half of a float32', () => {
    expect(floatsOf('BF16', [0x3f80, 0xc040, 0x4049, 0x8000])).toEqual([1, -3, 3.140625, -0]);
    expect(floatsOf('BF16', [0x7f80, 0x7fc0])).toEqual([Number.POSITIVE_INFINITY, Number.NaN]);
  });

  it('passes over free text, and takes spaces after the header', () => {
    const header = JSON.stringify({ __metadata__: { format: 'pt' }, x: entry('F32', [1], 0, 4) });
    expect([...readSafetensors(safetensorsFile(`${header}    `, new Uint8Array(4))).keys()]).toEqual(['x']);
  });

  it('lists tensors of other types, and refuses them only when their values are asked for', () => {
    const file = safetensorsFile({ count: entry('I64', [], 0, 8) }, new Uint8Array(8));
    const tensor = readSafetensors(file).get('count');
    expect(tensor?.dtype).toBe('I64');
    expect(() => tensor?.floats()).toThrow(
      expect.objectContaining({
        code: 'WEIGHTS_INVALID',
        message: 'Weights must be F32, F16 or BF16, not I64; save them as float32.',
      }),
    );
  });

  it('takes a tensor called like a property of every object for what it is', () => {
    const file = safetensorsFile('{"__proto__": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', new Uint8Array(4));
    expect([...readSafetensors(file).keys()]).toEqual(['__proto__']);
  });

  const whole = writeFloats({ a: { shape: [2], values: Float32Array.of(1, 2) }, b: { shape: [1], values: Float32Array.of(3) } });

  it.each(Array.from({ length: whole.length }, (_, length) => length))('refuses a file that ends after %d bytes', (length) => {
    expect(() => readSafetensors(whole.subarray(0, length))).toThrow(
      expect.objectContaining({ code: 'INPUT_TRUNCATED', message: expect.stringMatching(/ends before its data does/) }),
    );
  });

  const values = new Uint8Array(12);
  it.each([
    ['a header length beyond all memory', Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 123), /longer than 100 MB/],
    ['a header that is not JSON', safetensorsFile('{"a":', values), /not JSON/],
    ['a header that is not UTF-8', safetensorsFile('\u0000', values).fill(0xff, 8, 9), /not JSON/],
    ['a header that is a list', safetensorsFile([], values), /not a JSON object/],
    ['an entry that is a number', safetensorsFile({ a: 7 }, values), /not an object/],
    ['a type of another format', safetensorsFile({ a: entry('float', [3], 0, 12) }, values), /a type/],
    ['no type', safetensorsFile({ a: { shape: [3], data_offsets: [0, 12] } }, values), /a type/],
    ['a negative length', safetensorsFile({ a: entry('F32', [-3], 0, 12) }, values), /list of whole numbers/],
    ['a length with a fraction', safetensorsFile({ a: entry('F32', [1.5, 2], 0, 12) }, values), /list of whole numbers/],
    ['a shape that is text', safetensorsFile({ a: { ...entry('F32', [], 0, 12), shape: '3' } }, values), /list of whole/],
    ['one offset', safetensorsFile({ a: { dtype: 'F32', shape: [3], data_offsets: [0] } }, values), /pair of whole numbers/],
    ['offsets that run backwards', safetensorsFile({ a: entry('F32', [3], 12, 0) }, values), /as long as its shape/],
    ['fewer bytes than its shape', safetensorsFile({ a: entry('F32', [4], 0, 12) }, values), /as long as its shape/],
    ['a shape beyond counting', safetensorsFile({ a: entry('F32', [2 ** 40, 2 ** 40], 0, 12) }, values), /as long as its shape/],
    ['tensors that overlap', safetensorsFile({ a: entry('F32', [2], 0, 8), b: entry('F32', [2], 4, 12) }, values), /overlap/],
    ['a hole', safetensorsFile({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 8, 12) }, values), /holes/],
    ['bytes that no tensor owns', safetensorsFile({ a: entry('F32', [2], 0, 8) }, values), /after its last tensor/],
  ])('refuses %s', (_what, file, why) => {
    expect(() => readSafetensors(file)).toThrow(
      expect.objectContaining({ code: 'WEIGHTS_INVALID', message: expect.stringMatching(why) }),
    );
  });

  it('reads or refuses a file with any of its bytes changed, and never fails otherwise', () => {
    const change = fc.record({ at: fc.nat(whole.length - 1), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const file = Uint8Array.from(whole);
        for (const { at, to } of changes) file[at] = to;
        try {
          for (const tensor of readSafetensors(file).values()) tensor.floats();
        } catch (thrown) {
          if (!(thrown instanceof VoxwatchError)) throw thrown;
        }
      }),
      { numRuns: 3000, seed: 5 },
    );
  });
});
