import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LARGEST_HALF, toHalves } from '../../../export/onnx/half.ts';

/** What the bits of a float16 stand for, by the definition of binary16. */
function valueOf(half: number): number {
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  const sign = half & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

const half = (value: number): number => toHalves(Float32Array.of(value))[0] as number;

describe('toHalves', () => {
  it('keeps every number that float16 has', () => {
    const all = Float32Array.from({ length: 65_536 }, (_, n) => valueOf(n)).filter((value) => !Number.isNaN(value));
    expect(Buffer.from(Float32Array.from(toHalves(all), valueOf).buffer).equals(Buffer.from(all.buffer))).toBe(true);
  });

  it('takes the nearest of two neighbours, and of equally near ones that with an even last bit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7bfe }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
        const [below, above] = [valueOf(n), valueOf(n + 1)];
        const value = Math.fround(below + (above - below) * share);
        const [toBelow, toAbove] = [value - below, above - value];
        const expected = toBelow < toAbove || (toBelow === toAbove && n % 2 === 0) ? n : n + 1;
        expect(half(value)).toBe(expected);
        expect(half(-value)).toBe(expected | 0x8000);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    [65_519, LARGEST_HALF],
    [65_520, Number.POSITIVE_INFINITY],
    [-1e30, Number.NEGATIVE_INFINITY],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [Number.NaN, Number.NaN],
    [2 ** -25, 0],
    [2 ** -24, 2 ** -24],
    [1e-30, 0],
  ])('makes %d into %d', (value, expected) => {
    expect(valueOf(half(value))).toBe(expected);
  });
});
