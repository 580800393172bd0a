import { describe, expect, it } from 'vitest';
import { edgePlaces, equalizeSlice } from '../../../preprocess/intensity/equalize.ts';
import { randomNumbers } from '../../export/onnx-fixtures.ts';

/** The definition word by word: sort, take edges, keep each once, `numpy.interp` between them. */
function byDefinition(values: readonly number[], bins: number): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const shares = [0.001, ...Array.from({ length: bins }, (_, n) => (n + 0.5) / bins), 0.999];
  const edges = [...new Set(shares.map((share) => sorted[Math.floor(share * values.length)] as number))];
  return values.map((value) => {
    if (value <= (edges[0] as number)) return 0;
    if (value >= (edges.at(-1) as number)) return edges.length === 1 ? 0 : 1;
    const above = edges.findIndex((edge) => edge > value);
    const [from, to] = [edges[above - 1] as number, edges[above] as number];
    return (above - 1 + (value - from) / (to - from)) / (edges.length - 1);
  });
}

describe('an equalised slice', () => {
  it.each([
    ['noise', (next: () => number) => 400 * next()],
    ['few values, so that most edges are equal', (next: () => number) => Math.round(2 * next())],
    ['mostly air', (next: () => number) => (next() < 0.5 ? -1024 : 60 * next())],
  ] as const)('of %s is what the definition says', (_, value) => {
    const next = randomNumbers(7);
    // Of 2,000 pixels no share lies on a boundary that float32 and float64 round apart.
    const hu = Array.from({ length: 2003 }, () => Math.fround(value(next)));
    const found = equalizeSlice(Float32Array.from(hu), 100);
    byDefinition(hu, 100).forEach((expected, p) => {
      expect(found[p]).toBeCloseTo(expected, 6);
    });
  });

  it('rises evenly from 0 to 1 over values that are spread evenly', () => {
    const found = equalizeSlice(
      Int16Array.from({ length: 1000 }, (_, p) => p),
      100,
    );
    expect(found[0]).toBe(0);
    expect(found[999]).toBe(1);
    for (let p = 20; p < 980; p++) expect(found[p]).toBeCloseTo((p / 1000) * (100 / 101) + 0.5 / 101, 1);
  });

  it('of one value is 0', () => {
    expect([...equalizeSlice(new Int16Array(16).fill(40), 100)]).toEqual(new Array(16).fill(0));
  });

  it('has edges that never leave the slice', () => {
    expect(edgePlaces(1, 4)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(edgePlaces(1000, 2)).toEqual([1, 250, 750, 999]);
  });
});
