import { describe, expect, it } from 'vitest';
import type { VoxwatchError } from '../../core/errors.ts';
import type { LabelMap } from '../../core/volume.ts';
import { OFFICIAL_OPTIONS, type RegionScores, type ScoreOptions, scoreCase } from '../../evaluate/score-case.ts';
import { diagonalAffine, inBox, labelMapOf, seededRandom } from './label-maps.ts';

const ORGAN: ScoreOptions = {
  regions: [{ name: 'organ', labels: [1] }],
  surfaceToleranceMm: { organ: 1 },
  lesions: ['organ'],
  definitions: 'corrected',
};
const score = (prediction: LabelMap, truth: LabelMap, options: Partial<ScoreOptions> = {}): RegionScores =>
  scoreCase(prediction, truth, { ...ORGAN, ...options }).regions[0] as RegionScores;
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (thrown) {
    return (thrown as VoxwatchError).code;
  }
  return 'nothing thrown';
};

const size = [9, 8, 7] as const;
const empty = labelMapOf(size, () => 0);
const cube = labelMapOf(size, inBox([2, 2, 2], [6, 6, 5]));

describe('corrected definitions', () => {
  it('give full marks for two empty masks, and no distances', () => {
    const scores = score(empty, empty);
    expect(scores).toMatchObject({
      dice: 1,
      iou: 1,
      precision: 1,
      recall: 1,
      f1: 1,
      voe: 0,
      rvd: 0,
      absoluteRvd: 0,
      surfaceDice: 1,
    });
    for (const key of ['assdMm', 'rmsdMm', 'hd95Mm', 'mssdMm'] as const) expect(scores[key]).toBeUndefined();
    expect(scores.lesions?.detection[0]).toMatchObject({ precision: 1, recall: 1, f1: 1, truthCount: 0 });
  });

  it('give nothing where one mask is empty, and neither distances nor a volume difference without a truth', () => {
    const invented = score(cube, empty);
    expect(invented).toMatchObject({ dice: 0, iou: 0, precision: 0, recall: 0, f1: 0, voe: 1, surfaceDice: 0 });
    expect([invented.rvd, invented.assdMm, invented.mssdMm]).toEqual([undefined, undefined, undefined]);
    const missed = score(empty, cube);
    expect(missed).toMatchObject({ dice: 0, rvd: -1, absoluteRvd: 1, surfaceDice: 0 });
    expect(missed.hd95Mm).toBeUndefined();
  });

  it('give a perfect prediction perfect scores', () => {
    expect(score(cube, cube)).toMatchObject({
      dice: 1,
      voe: 0,
      rvd: 0,
      assdMm: 0,
      rmsdMm: 0,
      hd95Mm: 0,
      mssdMm: 0,
      surfaceDice: 1,
    });
  });

  it('measure in millimetres by the true spacing of each axis', () => {
    const spacing = [0.7, 0.7, 5] as const;
    const truth = labelMapOf(size, inBox([3, 3, 1], [4, 4, 2]), { spacing });
    const above = labelMapOf(size, inBox([3, 3, 4], [4, 4, 5]), { spacing });
    expect(score(above, truth).mssdMm).toBeCloseTo(15, 12);
    const beside = labelMapOf(size, inBox([5, 3, 1], [6, 4, 2]), { spacing });
    expect(score(beside, truth)).toMatchObject({ truthMl: (0.7 * 0.7 * 5) / 1000 });
    expect(score(beside, truth).assdMm).toBeCloseTo(1.4, 12);
  });

  it('follow uneven slices, whichever of the two maps knows their places', () => {
    const positions = [0, 1, 2, 10, 11, 12, 13];
    const spacing = [1, 1, 13 / 6] as const;
    const truth = labelMapOf(size, inBox([3, 3, 2], [4, 4, 3]), { spacing, positions });
    const prediction = labelMapOf(size, inBox([3, 3, 3], [4, 4, 4]), { spacing });
    const known = score(prediction, truth);
    expect(known.mssdMm).toBeCloseTo(8, 12);
    expect(known.truthMl).toBeCloseTo(4.5 / 1000, 12);
    expect(score(truth, prediction).mssdMm).toBeCloseTo(8, 12);
    const descending = { spacing: [1, 1, -13 / 6] as const, positions: positions.map((z) => -z) };
    const turned = (slice: number): LabelMap => labelMapOf(size, inBox([3, 3, slice], [4, 4, slice + 1]), descending);
    expect(score(turned(3), turned(2)).mssdMm).toBeCloseTo(8, 12);
  });

  it('say when a tilt makes distances approximate', () => {
    const affine = [1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 3, 0, 0, 0, 0, 1];
    const tilted = (slice: number): LabelMap => labelMapOf(size, inBox([3, 3, slice], [4, 4, slice + 1]), { affine });
    expect(scoreCase(tilted(2), tilted(1), ORGAN)).toMatchObject({ distances: 'sheared', regions: [{ mssdMm: 3 }] });
    expect(scoreCase(cube, cube, ORGAN).distances).toBe('exact');
  });
});

describe('scores of random maps', () => {
  const random = seededRandom(7);
  const noise = (density: number): LabelMap => labelMapOf(size, () => (random() < density ? 1 : 0), { spacing: [0.7, 0.9, 2.5] });
  const pairs = [0.02, 0.3, 0.6, 0.95].map((density) => [noise(density), noise(density)] as const);
  const SYMMETRIC = ['dice', 'iou', 'f1', 'voe', 'assdMm', 'rmsdMm', 'hd95Mm', 'mssdMm', 'surfaceDice'] as const;

  it('do not change when truth and prediction change places, except where they should', () => {
    for (const [a, b] of pairs) {
      const [there, back] = [score(a, b), score(b, a)];
      for (const key of SYMMETRIC) expect(there[key]).toBeCloseTo(back[key] as number, 10);
      expect(there.precision).toBe(back.recall);
      expect([there.truthMl, there.overlap.falsePositive]).toEqual([back.predictedMl, back.overlap.falseNegative]);
    }
  });

  it('do not change when an axis is read backwards', () => {
    for (const axis of [0, 1, 2] as const) {
      const flip = ({ labels, geometry }: LabelMap): LabelMap =>
        labelMapOf(
          size,
          (...at) => {
            at[axis] = size[axis] - 1 - (at[axis] as number);
            const [i, j, k] = at as [number, number, number];
            return labels[i + size[0] * (j + size[1] * k)] as number;
          },
          { affine: geometry.voxelToWorld },
        );
      for (const [a, b] of pairs) {
        const [plain, flipped] = [score(a, b), score(flip(a), flip(b))];
        for (const key of [...SYMMETRIC, 'rvd', 'precision'] as const) expect(flipped[key]).toBeCloseTo(plain[key] as number, 10);
        expect(flipped.lesions?.detection).toEqual(plain.lesions?.detection);
      }
    }
  });
});

describe('lesions', () => {
  const row = [30, 3, 3] as const;
  const boxes = (...parts: readonly (readonly [first: number, end: number])[]): LabelMap =>
    labelMapOf(row, (i, j, k) => (j === 1 && k === 1 && parts.some(([first, end]) => i >= first && i < end) ? 1 : 0));

  it('match one to one by overlap, and say how large and how well found each is', () => {
    // Lesion 1: IoU 5/10. Lesion 2: IoU 2/6, found at 10 % only. Lesion 3: missed. One invented.
    const truth = boxes([0, 10], [12, 16], [20, 22]);
    const prediction = boxes([0, 5], [14, 18], [25, 28]);
    const { lesions } = score(prediction, truth);
    expect(lesions?.detection.map(({ matched }) => matched)).toEqual([2, 1]);
    expect(lesions?.detection[1]).toMatchObject({ truthCount: 3, predictedCount: 3, precision: 1 / 3, recall: 1 / 3, f1: 1 / 3 });
    expect(lesions?.truthLesions.map((lesion) => lesion.bestOverlap)).toEqual([0.5, 1 / 3, 0]);
    expect(lesions?.truthLesions.map((lesion) => lesion.isDetectedAt10)).toEqual([true, true, false]);
    expect(lesions?.truthLesions.map((lesion) => lesion.isDetectedAt50)).toEqual([true, false, false]);
    expect(lesions?.truthLesions[0]).toMatchObject({ volumeMl: 0.01, diameterMm: 10 });
    expect(lesions?.falsePositives).toEqual([{ volumeMl: 0.003 }]);
  });

  it('count one large prediction over two lesions as one find', () => {
    const { lesions } = score(boxes([0, 10]), boxes([0, 4], [5, 10]));
    expect(lesions?.detection[0]).toMatchObject({ truthCount: 2, predictedCount: 1, matched: 1, precision: 1, recall: 0.5 });
    expect(lesions?.falsePositives).toEqual([]);
  });

  it('are joined by a corner', () => {
    const diagonal = labelMapOf([4, 4, 4], (i, j, k) => (i === j && j === k ? 1 : 0));
    expect(score(diagonal, diagonal).lesions?.detection[0].truthCount).toBe(1);
  });
});

describe('official definitions', () => {
  const shifted = labelMapOf(size, inBox([2, 2, 2], [6, 6, 5]), {
    affine: [...diagonalAffine([1, 1, 1]).slice(0, 3), 40, ...diagonalAffine([1, 1, 2]).slice(4)],
  });

  it('kits19: the Dice of two empty masks is not a number, though the code means to return 0', () => {
    expect(score(empty, empty, { definitions: 'kits19' }).dice).toBeUndefined();
    expect(score(cube, empty, { definitions: 'kits19' }).dice).toBe(0);
  });

  it('kits19 and lits: a label that the challenge does not name is tumour or organ all the same', () => {
    const unknown = labelMapOf(size, inBox([2, 2, 2], [6, 6, 5], 9));
    for (const name of ['kits19', 'lits'] as const) {
      expect(scoreCase(unknown, cube, OFFICIAL_OPTIONS[name]).regions[0]?.dice).toBe(1);
    }
    expect(scoreCase(unknown, cube, OFFICIAL_OPTIONS.kits23).regions[0]?.dice).toBe(0);
  });

  it('kits23: grids that lie apart are not noticed, and the spacing is that of the prediction', () => {
    const truth = labelMapOf(size, inBox([2, 2, 2], [6, 6, 6]));
    const [official] = scoreCase(shifted, truth, OFFICIAL_OPTIONS.kits23).regions;
    expect(official?.mssdMm).toBe(2);
    const [other] = scoreCase(truth, shifted, OFFICIAL_OPTIONS.kits23).regions;
    expect(other?.mssdMm).toBe(1);
  });

  it('lits: RVD is signed, the other way round and over the prediction', () => {
    const half = labelMapOf(size, inBox([2, 2, 2], [4, 6, 5]));
    expect(score(half, cube)).toMatchObject({ rvd: -0.5, absoluteRvd: 0.5 });
    expect(score(half, cube, { definitions: 'lits' })).toMatchObject({ rvd: 1, absoluteRvd: 1 });
  });

  it('lits: an empty prediction, which stops the notebook, has no RVD', () => {
    expect(score(empty, cube, { definitions: 'lits' }).rvd).toBeUndefined();
  });

  it('lits: a mask that is empty has distance 0, as if it were perfect', () => {
    expect(score(empty, cube, { definitions: 'lits' })).toMatchObject({ assdMm: 0, mssdMm: 0, dice: 0 });
  });

  it('lits: the averages run over a border that counts touching the background with an edge, the maximum does not', () => {
    // A cube of 4 × 4 × 4 without one edge's voxels: those beneath are border by an edge only.
    const full = labelMapOf(size, inBox([2, 2, 2], [6, 6, 6]));
    const cut = labelMapOf(size, (i, j, k) => (inBox([2, 2, 2], [6, 6, 6])(i, j, k) === 1 && (i > 2 || j > 2) ? 1 : 0));
    const [ours, theirs] = [score(cut, full), score(cut, full, { definitions: 'lits' })];
    // Four voxels of the truth lie 1 mm from the prediction; by edges two more of the prediction are border, 1 mm inside.
    expect(ours.assdMm).toBeCloseTo(4 / 108, 12);
    expect(theirs.assdMm).toBeCloseTo(6 / 110, 12);
    expect(theirs.rmsdMm).toBeCloseTo(Math.sqrt(6 / 110), 12);
    expect(theirs.mssdMm).toBe(ours.mssdMm);
  });

  it('lits: two empty masks have a Dice of 0, and a Jaccard that stops the notebook', () => {
    const scores = score(empty, empty, { definitions: 'lits' });
    expect([scores.dice, scores.iou, scores.voe]).toEqual([0, undefined, undefined]);
  });
});

describe('bad input', () => {
  it('refuses maps of different size under every definition', () => {
    const other = labelMapOf([8, 9, 7], () => 0);
    for (const definitions of ['corrected', 'kits19', 'kits23', 'lits'] as const) {
      expect(codeOf(() => score(other, cube, { definitions }))).toBe('GEOMETRY_MISMATCH');
    }
  });

  it('refuses maps that lie apart, and lets rounding pass', () => {
    const moved = (shift: number): LabelMap =>
      labelMapOf(size, () => 0, { affine: diagonalAffine([1, 1, 1]).map((v, n) => (n === 3 ? shift : v)) });
    expect(codeOf(() => score(moved(0.5), cube))).toBe('GEOMETRY_MISMATCH');
    expect(codeOf(() => score(moved(0.001), cube))).toBe('nothing thrown');
  });

  it('refuses options that do not fit together', () => {
    for (const options of [
      { lesions: ['tumour'] },
      { surfaceToleranceMm: { tumour: 1 } },
      { surfaceToleranceMm: { organ: Number.NaN } },
      { regions: [{ name: 'organ', labels: [0] }] },
      { regions: [...ORGAN.regions, ...ORGAN.regions] },
    ]) {
      expect(codeOf(() => score(cube, cube, options))).toBe('INVALID_ARGUMENT');
    }
  });
});
