import { describe, expect, it } from 'vitest';
import type { FeatureWiseStatistics } from '../../preprocess/feature-wise.ts';
import { decodeStatistics, encodeStatistics } from '../../preprocess/feature-wise-files.ts';

const STATISTICS: FeatureWiseStatistics = {
  sizePixels: [2, 1],
  clampHu: [-1024, 3071],
  standardDeviationFloorHu: 50.1,
  mean: Float32Array.of(-1.5, 40.1),
  standardDeviation: Float32Array.of(50.1, 300),
};

describe('files of feature-wise statistics', () => {
  it('give back what was written', () => {
    expect(decodeStatistics(encodeStatistics(STATISTICS))).toEqual(STATISTICS);
  });

  it('hold float32 little endian', () => {
    expect([...encodeStatistics(STATISTICS).mean.subarray(0, 4)]).toEqual([0, 0, 0xc0, 0xbf]);
  });

  it.each([
    ['slices of another size', { mean: new Uint8Array(4) }, /2 pixels have 1 means/],
    ['deviations below their floor', { standardDeviation: new Uint8Array(8) }, /below its floor/],
    ['facts that are not JSON', { facts: new Uint8Array(1) }, /not JSON/],
    ['facts without a clamp', { facts: new TextEncoder().encode('{"sizePixels":[2,1]}') }, /clampHu/],
  ] as const)('with %s are refused', (_, change, message) => {
    expect(() => decodeStatistics({ ...encodeStatistics(STATISTICS), ...change })).toThrow(message);
  });
});
