/** The search for foreground, held against a search voxel by voxel. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foregroundSearch } from '../../core/foreground.ts';

function slowSearch(labels: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) if (labels[at] !== 0) return at;
  return end;
}

describe('foregroundSearch', () => {
  it('finds what a search voxel by voxel finds, wherever the array begins in its buffer', () => {
    // Nearly all background, as masks are, so that whole words are skipped; 128 and 255 have the sign bit.
    const label = fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(1, 2, 128, 255) });
    const places = fc.tuple(fc.array(label, { maxLength: 120 }), fc.nat(7), fc.nat(), fc.nat());
    fc.assert(
      fc.property(places, ([values, offset, a, b]) => {
        const buffer = new Uint8Array(offset + values.length + 3).fill(9);
        buffer.set(values, offset);
        const labels = buffer.subarray(offset, offset + values.length);
        const [from, end] = [a % (values.length + 1), b % (values.length + 1)].sort((x, y) => x - y) as [number, number];
        expect(foregroundSearch(labels)(from, end)).toBe(slowSearch(labels, from, end));
      }),
      { numRuns: 2_000 },
    );
  });

  it('sees what is written after it was made', () => {
    const labels = new Uint8Array(64);
    const next = foregroundSearch(labels);
    expect(next(0, 64)).toBe(64);
    labels[41] = 2;
    expect(next(0, 64)).toBe(41);
  });
});
