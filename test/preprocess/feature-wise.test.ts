import { describe, expect, it } from 'vitest';
import { VoxwatchError } from '../../core/errors.ts';
import { accumulateSlice, finishFeatureWise, normalizeFeatureWise, startFeatureWise } from '../../preprocess/feature-wise.ts';

describe('feature-wise statistics', () => {
  it('are the mean and the population standard deviation of each pixel', () => {
    const accumulator = startFeatureWise([2, 1], [-1000, 1000]);
    for (const slice of [Int16Array.of(10, -4), Int16Array.of(20, -4), Int16Array.of(60, -4)]) accumulateSlice(accumulator, slice);
    const { mean, standardDeviation } = finishFeatureWise(accumulator, 0.5);
    expect([...mean]).toEqual([30, -4]);
    expect(standardDeviation[0]).toBeCloseTo(Math.sqrt(1400 / 3), 4);
  });

  it('raise a standard deviation that is too small to the floor', () => {
    const accumulator = startFeatureWise([1, 1], [-1000, 1000]);
    accumulateSlice(accumulator, Int16Array.of(7));
    expect([...finishFeatureWise(accumulator, 25).standardDeviation]).toEqual([25]);
  });

  it('do not see what lies outside the clamp', () => {
    const accumulator = startFeatureWise([1, 1], [-1024, 1500]);
    for (const value of [-6986, 18326]) accumulateSlice(accumulator, Int16Array.of(value));
    expect([...finishFeatureWise(accumulator, 1).mean]).toEqual([238]);
  });

  it('stay exact where the mean is large beside the spread', () => {
    const accumulator = startFeatureWise([1, 1], [0, 30000]);
    for (let n = 0; n < 10_000; n++) accumulateSlice(accumulator, Float32Array.of(20_000 + (n % 2)));
    const { mean, standardDeviation } = finishFeatureWise(accumulator, 1e-6);
    expect(mean[0]).toBe(20_000.5);
    expect(standardDeviation[0]).toBeCloseTo(0.5, 6);
  });

  it('need a slice, a floor above 0 and slices of one size', () => {
    const accumulator = startFeatureWise([2, 2], [-1000, 1000]);
    expect(() => finishFeatureWise(accumulator, 1)).toThrow(VoxwatchError);
    expect(() => accumulateSlice(accumulator, new Int16Array(3))).toThrow(/2 × 2 has 4 pixels; this one has 3/);
    accumulateSlice(accumulator, new Int16Array(4));
    expect(() => finishFeatureWise(accumulator, 0)).toThrow(/above 0 HU/);
  });
});

describe('feature-wise normalisation', () => {
  const statistics = {
    sizePixels: [3, 1],
    mean: Float32Array.of(10, 0, 100),
    standardDeviation: Float32Array.of(5, 100, 50),
    clampHu: [-1000, 1000],
    standardDeviationFloorHu: 5,
  } as const;

  it('is clamp, minus mean, over standard deviation', () => {
    const hu = Int16Array.of(20, -3000, 18326);
    expect([...normalizeFeatureWise(hu, statistics)]).toEqual([2, -10, 18]);
    expect([...hu]).toEqual([20, -3000, 18326]);
  });

  it('refuses a slice of another size', () => {
    expect(() => normalizeFeatureWise(new Int16Array(4), statistics)).toThrow(VoxwatchError);
  });
});
