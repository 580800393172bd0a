import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Affine,
  affineDeterminant,
  affineFromColumns,
  affineSpacingMm,
  applyAffine,
  axisCodes,
  dominantWorldAxes,
  flipLpsRas,
  invertAffine,
  multiplyAffines,
} from '../../core/affine.ts';
import { VoxwatchError } from '../../core/errors.ts';
import { allOrientations } from '../formats/phantoms.ts';

const IDENTITY: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** Oblique and sheared, as a tilted gantry gives it. */
const OBLIQUE = affineFromColumns([0.6, 0.3, 0.05], [-0.25, 0.7, 0.1], [0.1, 0.9, 2.4], [-120.5, 33.25, 700]);

describe('the inverse of an affine', () => {
  it('takes world positions back to voxels, also where it is oblique and sheared', () => {
    const back = applyAffine(invertAffine(OBLIQUE), applyAffine(OBLIQUE, [12, 34.5, -7]));
    [12, 34.5, -7].forEach((value, axis) => expect(back[axis]).toBeCloseTo(value, 9));
  });

  it('gives the identity when multiplied with the affine, for any columns that span a volume', () => {
    // Diagonally dominant, so that every draw spans a volume.
    const long = fc.integer({ min: 110, max: 500 }).map((n) => n / 100);
    const short = fc.integer({ min: -50, max: 50 }).map((n) => n / 100);
    const columns = [fc.tuple(long, short, short), fc.tuple(short, long, short), fc.tuple(short, short, long)] as const;
    const place = fc.integer({ min: -500, max: 500 });
    fc.assert(
      fc.property(...columns, fc.tuple(place, place, place), (a, b, c, origin) => {
        const affine = affineFromColumns(a, b, c, origin);
        multiplyAffines(affine, invertAffine(affine)).forEach((value, n) => expect(value).toBeCloseTo(IDENTITY[n] as number, 9));
      }),
      { seed: 1 },
    );
  });

  it('is refused where the voxel axes lie in one plane', () => {
    const flat = affineFromColumns([1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 0]);
    expect(() => invertAffine(flat)).toThrow(expect.objectContaining({ code: 'GEOMETRY_INVALID' }));
    expect(() => invertAffine(flat)).toThrow(VoxwatchError);
  });
});

describe('products, volumes and spacings', () => {
  it('apply the right factor first', () => {
    const shift = affineFromColumns([1, 0, 0], [0, 1, 0], [0, 0, 1], [5, 0, 0]);
    const double = affineFromColumns([2, 0, 0], [0, 2, 0], [0, 0, 2], [0, 0, 0]);
    expect(applyAffine(multiplyAffines(double, shift), [1, 1, 1])).toEqual([12, 2, 2]);
    expect(applyAffine(multiplyAffines(shift, double), [1, 1, 1])).toEqual([7, 2, 2]);
  });

  it('measure the columns: a shear makes a voxel axis longer, not its volume larger', () => {
    const tilted = affineFromColumns([0.5, 0, 0], [0, 0.5, 0], [0, 3, 4], [0, 0, 0]);
    expect(affineSpacingMm(tilted)).toEqual([0.5, 0.5, 5]);
    expect(affineDeterminant(tilted)).toBeCloseTo(1, 12);
  });
});

describe('LPS and RAS', () => {
  it('differ by the signs of x and y alone', () => {
    const lps = applyAffine(OBLIQUE, [3, 4, 5]);
    const ras = applyAffine(flipLpsRas(OBLIQUE), [3, 4, 5]);
    [-lps[0], -lps[1], lps[2]].forEach((value, axis) => expect(ras[axis]).toBeCloseTo(value, 9));
  });

  it('swap back and forth without a trace, and without negative zeros', () => {
    expect(flipLpsRas(flipLpsRas(OBLIQUE))).toEqual(OBLIQUE);
    expect(flipLpsRas(IDENTITY).some((value) => Object.is(value, -0))).toBe(false);
  });
});

describe('axis codes', () => {
  /** Says the letters from the matrix's own numbers: in an aligned affine each column has one entry that is not 0. */
  function lettersOf(affine: Affine): string {
    return [0, 1, 2]
      .map((column) => {
        const row = [0, 1, 2].find((r) => affine[4 * r + column] !== 0) as number;
        return ('RAI'[row] as string).repeat(Number((affine[4 * row + column] as number) < 0)) || ('LPS'[row] as string);
      })
      .join('');
  }

  it('name all 48 orientations, each differently', () => {
    const all = allOrientations();
    expect(new Set(all.map(axisCodes)).size).toBe(48);
    for (const affine of all) expect(axisCodes(affine)).toBe(lettersOf(affine));
  });

  it('are LPS for a standard axial CT, and RAS for the same numbers read as RAS', () => {
    expect(axisCodes(IDENTITY)).toBe('LPS');
    expect(axisCodes(flipLpsRas(IDENTITY))).toBe('RAS');
  });

  it('stay the same under a tilt of 30°, for all 48', () => {
    const [cos, sin] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
    const tilt = affineFromColumns([1, 0, 0], [0, cos, sin], [0, -sin, cos], [0, 0, 0]);
    for (const affine of allOrientations()) expect(axisCodes(multiplyAffines(tilt, affine))).toBe(axisCodes(affine));
  });

  it('use each world axis once where two voxel axes lean to the same one', () => {
    // Both i and j point mostly along x; whatever is chosen, j or i must take y.
    const leaning = affineFromColumns([0.8, 0.6, 0], [0.75, -0.66, 0], [0, 0, 1], [0, 0, 0]);
    expect([...dominantWorldAxes(leaning)].map(({ axis }) => axis).sort()).toEqual([0, 1, 2]);
  });
});
