import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { axisTaps } from '../../../preprocess/tiles/axis-taps.ts';
import { applyIntensityInPlace, linearIntensity } from '../../../preprocess/tiles/intensity.ts';
import { networkAxis, roundHalfToEven } from '../../../preprocess/tiles/network-grid.ts';
import { tileStarts } from '../../../preprocess/tiles/tile-starts.ts';
import { tileWeights } from '../../../preprocess/tiles/tile-weights.ts';

describe('tileStarts', () => {
  it('covers an axis whole, inside it, whatever its size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 0, max: 400 }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        fc.constantFrom('spread', 'fixed'),
        (tile, more, stepFraction, stepping) => {
          const size = tile + more;
          const starts = tileStarts(size, tile, { stepFraction, stepping });
          expect(starts[0]).toBe(0);
          expect(starts.at(-1)).toBe(size - tile);
          // A step is at most the fraction, rounded: never a gap.
          starts.slice(1).forEach((start, n) => expect(start - (starts[n] as number)).toBeLessThanOrEqual(tile));
        },
      ),
    );
  });

  it.each([
    // nnU-Net: ceil((size − tile) / (tile · step)) + 1 steps, evenly, rounded to even.
    [110, 64, 0.5, 'spread', [0, 23, 46]],
    [64, 64, 0.5, 'spread', [0]],
    [65, 64, 0.5, 'spread', [0, 1]],
    [133, 64, 0.5, 'spread', [0, 23, 46, 69]],
    // MONAI: whole intervals of int(tile · (1 − overlap)), the last moved back.
    [110, 64, 0.75, 'fixed', [0, 46]],
    [200, 64, 0.75, 'fixed', [0, 48, 96, 136]],
    [7, 5, 0.5, 'fixed', [0, 2]],
  ] as const)('%i voxels, tiles of %i, step %f, %s', (size, tile, stepFraction, stepping, starts) => {
    expect(tileStarts(size, tile, { stepFraction, stepping })).toEqual(starts);
  });
});

describe('tileWeights', () => {
  it('is a bell round the middle, above 0 everywhere', () => {
    const nnunet = tileWeights([1, 8, 4], { kind: 'gaussian', sigmaFraction: 0.125, centre: 'upper-voxel', floor: 0 });
    expect(nnunet[4 * 4 + 2]).toBe(1);
    expect(nnunet[4 * 4 + 1]).toBeCloseTo(Math.exp(-1 / (2 * 0.5 ** 2)), 6);
    expect(
      Math.min(...tileWeights([128, 128, 2], { kind: 'gaussian', sigmaFraction: 0.01, centre: 'middle', floor: 0 })),
    ).toBeGreaterThan(0);
    const monai = tileWeights([1, 8, 8], { kind: 'gaussian', sigmaFraction: 0.125, centre: 'middle', floor: 0.001 });
    expect(Math.min(...monai)).toBeCloseTo(0.001, 9);
    expect(monai[0]).toBe(monai[63]);
  });
});

describe('axisTaps', () => {
  const interpolated = (values: readonly number[], place: number, kind: 'nearest' | 'linear' | 'cubic'): number => {
    const [taps] = axisTaps(Float64Array.of(place), values.length, kind);
    return [...taps!.weights].reduce((sum, weight, n) => sum + weight * values[taps!.first + n]!, 0);
  };

  it('reaches what is there, and keeps a constant', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: -3, max: 63, noNaN: true }),
        fc.constantFrom('nearest', 'linear', 'cubic'),
        (size, place, kind) => {
          const [taps] = axisTaps(Float64Array.of(place), size, kind);
          expect(taps!.first).toBeGreaterThanOrEqual(0);
          expect(taps!.first + taps!.weights.length).toBeLessThanOrEqual(size);
          expect(taps!.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 8);
        },
      ),
    );
  });

  it('is exact on voxels, and on what a spline of its order can draw', () => {
    const cubic = Array.from({ length: 60 }, (_, x) => 0.02 * x ** 3 - x ** 2 + 3);
    for (const kind of ['nearest', 'linear', 'cubic'] as const) expect(interpolated(cubic, 31, kind)).toBeCloseTo(cubic[31]!, 9);
    // Far from the ends, where the outer voxel goes on, the cubic through cubic samples is the cubic.
    for (const x of [28.25, 30.5, 31.9]) expect(interpolated(cubic, x, 'cubic')).toBeCloseTo(0.02 * x ** 3 - x ** 2 + 3, 4);
    expect(interpolated([0, 10], 0.3, 'linear')).toBeCloseTo(3, 12);
    expect(interpolated([0, 10], 0.5, 'nearest')).toBe(10);
    expect(interpolated([4, 10], -2, 'linear')).toBe(4);
  });

  it('gives what SciPy 1.17 gives (ndimage.map_coordinates, order 3, mode nearest)', () => {
    const values = [3, -1, 4, 1, -5, 9, 2, -6, 5, 3];
    for (const [place, value] of SCIPY_CUBIC) expect(interpolated(values, place, 'cubic')).toBeCloseTo(value, 6);
  });
});

/** [place, value] */
const SCIPY_CUBIC = [
  [-1.2, 2.875600516],
  [-0.3, 3.557089511],
  [0.25, 1.864781984],
  [0.5, 0.489258134],
  [1.75, 2.737223073],
  [4.5, 1.926442841],
  [6.1, 0.599669087],
  [8.8, 3.848685214],
  [9.0, 3.0],
  [9.4, 2.42881448],
  [11.0, 3.0],
] as const;

describe('networkAxis', () => {
  const axis = { sizeVoxels: 10, stride: 1, spacingMm: 2 };

  it('lays grids that share their faces: voxels fit whole', () => {
    const { sizeVoxels, inScan, inNetwork } = networkAxis(axis, { kind: 'spacing', mm: 4 }, 'edges');
    expect(sizeVoxels).toBe(5);
    expect([...inScan]).toEqual([0.5, 2.5, 4.5, 6.5, 8.5]);
    expect([...inNetwork].slice(0, 3)).toEqual([-0.25, 0.25, 0.75]);
  });

  it('lays grids that share their first centre: the spacing is exact', () => {
    const { sizeVoxels, inScan, inNetwork } = networkAxis(axis, { kind: 'spacing', mm: 3 }, 'first-centre');
    expect(sizeVoxels).toBe(7);
    expect([...inScan].slice(0, 3)).toEqual([0, 1.5, 3]);
    expect(inNetwork[9]).toBeCloseTo(6, 12);
  });

  it('finds its way back whatever the sizes, and through uneven slices', () => {
    const positionsMm = [0, 1, 2, 7, 9, 12, 13, 14, 15, 18];
    for (const uneven of [undefined, positionsMm]) {
      for (const alignment of ['edges', 'first-centre'] as const) {
        const laid = networkAxis({ ...axis, ...(uneven ? { positionsMm: uneven } : {}) }, { kind: 'spacing', mm: 0.5 }, alignment);
        // Each voxel of the scan, looked up in the network's grid, lies where that grid says it is in the scan.
        laid.inNetwork.forEach((place, index) => {
          const below = Math.min(Math.max(Math.floor(place), 0), laid.sizeVoxels - 2);
          const [a, b] = [laid.inScan[below]!, laid.inScan[below + 1]!];
          if (place >= 0 && place <= laid.sizeVoxels - 1)
            expect(Math.abs(a + (b - a) * (place - below) - index)).toBeLessThan(uneven ? 0.3 : 1e-9);
        });
      }
    }
  });

  it('rounds as Python does', () => {
    expect([0.5, 1.5, 2.5, 2.4, 2.6, 3.5].map(roundHalfToEven)).toEqual([0, 2, 2, 2, 3, 4]);
  });
});

describe('intensities', () => {
  const hu = Int16Array.of(-1000, -100, 0, 50, 300, 3000);
  const applied = (scheme: Parameters<typeof linearIntensity>[0]): number[] => {
    const values = Float32Array.from(hu);
    applyIntensityInPlace(values, linearIntensity(scheme, hu));
    return [...values];
  };

  it.each([
    [{ scheme: 'as-stored' } as const, [-1000, -100, 0, 50, 300, 3000]],
    [{ scheme: 'window', rangeHu: [-100, 300], to: [-1, 1], clips: true } as const, [-1, -1, -0.5, -0.25, 1, 1]],
    [{ scheme: 'window', rangeHu: [-100, 300], to: [0, 1], clips: false } as const, [-2.25, 0, 0.25, 0.375, 1, 7.75]],
    [{ scheme: 'standardise', clampHu: [-100, 300], meanHu: 100, standardDeviationHu: 50 } as const, [-4, -4, -2, -1, 4, 4]],
    // NumPy: percentile([-1000, -100, 0, 50, 300, 3000], [20, 90]) = [-100, 1650]
    [
      { scheme: 'percentiles', percentiles: [20, 90], to: [0, 1], clips: true } as const,
      [0, 0, 100 / 1750, 150 / 1750, 400 / 1750, 1],
    ],
  ])('%o', (scheme, expected) => {
    applied(scheme).forEach((value, n) => expect(value).toBeCloseTo(expected[n] as number, 5));
  });

  it('takes mean and standard deviation of the scan after the clamp, and nothing of a scan of one value', () => {
    const values = applied({ scheme: 'volume-standardise', clampHu: [-200, 400] });
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 4);
    expect(values.reduce((sum, value) => sum + value ** 2, 0) / values.length).toBeCloseTo(1, 4);
    const flat = new Float32Array(5).fill(7);
    applyIntensityInPlace(flat, linearIntensity({ scheme: 'volume-standardise' }, new Int16Array(5).fill(7)));
    expect([...flat]).toEqual([0, 0, 0, 0, 0]);
  });
});
