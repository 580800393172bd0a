/** Figures per label and per lesion. The oracle (test/oracles/check_measures.py) holds them against other programs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { affineFromColumns, norm, subtract, type Vector3 } from '../../../core/affine.ts';
import { createLabelMap, createVolume, type Volume } from '../../../core/volume.ts';
import { axialView } from '../../../preprocess/reorient.ts';
import { connectedComponents } from '../../../runtime/components.ts';
import { type LabelRuns, labelRuns, runsOfLabel } from '../../../runtime/label-runs.ts';
import { type Measurements, measureLabels } from '../../../runtime/measures/measure.ts';
import { ALL_VOXEL_ORDERS, type HuBox, makeVolume, reorderVolume, STANDARD_AXIAL } from '../make-volume.ts';

const [ORGAN, LESION] = [1, 2];
const code = { scheme: 'none', value: 'none', meaning: 'none' };
const manifest = {
  labels: [
    { index: ORGAN, name: 'kidney', color: '#00ffff', code },
    { index: LESION, name: 'tumour', color: '#ffff00', code },
  ],
  lesionLabel: LESION,
};

/** Measures a volume whose HU say the labels: 101 … are organ, 201 … lesion. */
function measure(volume: Volume): Measurements {
  const labelMap = createLabelMap(
    volume.geometry,
    Uint8Array.from(volume.hu, (hu) => Math.floor(hu / 100)),
  );
  return measureLabels(labelRuns(labelMap), { volume, view: axialView(volume.geometry), manifest });
}

function box(from: HuBox['from'], to: HuBox['to'], hu: number): HuBox {
  return { from, to, hu };
}

const TWO_LESIONS = [
  box([2, 2, 1], [12, 10, 5], 150),
  box([3, 3, 1], [5, 5, 2], 220),
  box([7, 3, 2], [11, 6, 4], 240),
  box([7, 3, 2], [8, 4, 3], 200),
];
const AFFINE = affineFromColumns([0.5, 0, 0], [0, 0.6, 0], [0, 0, 4], [10, 20, 30]);

describe('measures of lesions', () => {
  it('are one entry a component, the largest first, with its place, extent, size and HU', () => {
    const { lesions } = measure(makeVolume([14, 12, 6], TWO_LESIONS, AFFINE));
    expect(lesions).toHaveLength(2);
    const [large, small] = lesions!;
    expect(large!.voxelCount).toBe(4 * 3 * 2);
    expect(large!.volumeMl).toBeCloseTo((24 * 0.5 * 0.6 * 4) / 1000, 12);
    expect(large!.slices).toEqual([3, 4]);
    [8.5 * 0.5 + 10, 4 * 0.6 + 20, 2.5 * 4 + 30].forEach((mm, axis) => {
      expect(large!.centroidMm[axis]).toBeCloseTo(mm, 9);
    });
    // 4 × 3 voxels of 0.5 × 0.6 mm: from the front edge of one corner to the back edge of the other; in space from the
    // lower face to the upper one.
    expect(large!.largestDiameterMm).toBeCloseTo(Math.hypot(3 * 0.5, 3 * 0.6), 9);
    expect(large!.largestDiameter3dMm).toBeCloseTo(Math.hypot(3 * 0.5, 2 * 0.6, 2 * 4), 9);
    expect(large!.meanHu).toBeCloseTo((23 * 240 + 200) / 24, 9);
    expect(large!.sdHu).toBeCloseTo(Math.sqrt((23 * 240 ** 2 + 200 ** 2) / 24 - ((23 * 240 + 200) / 24) ** 2), 9);
    expect(small).toMatchObject({ voxelCount: 4, slices: [2, 2], meanHu: 220, sdHu: 0 });
  });

  it('are the same in all 48 voxel orders', () => {
    const standard = makeVolume([14, 12, 6], TWO_LESIONS, AFFINE);
    const truth = measure(standard);
    for (const order of ALL_VOXEL_ORDERS) {
      const { labels, lesions } = measure(reorderVolume(standard, order));
      expect(rounded({ labels, lesions })).toEqual(rounded(truth));
    }
  });

  it('are an empty list where there is none, and absent for a model that marks none', () => {
    const volume = makeVolume([8, 8, 2], [box([1, 1, 0], [4, 4, 1], 150)]);
    expect(measure(volume).lesions).toEqual([]);
    const labelMap = createLabelMap(volume.geometry, new Uint8Array(volume.hu.length).fill(ORGAN));
    const { labels } = manifest;
    const measured = measureLabels(labelRuns(labelMap), { volume, view: axialView(volume.geometry), manifest: { labels } });
    expect('lesions' in measured).toBe(false);
  });

  it('that post-processing left as two runs end to end are one', () => {
    const volume = makeVolume([8, 4, 1], [box([1, 1, 0], [7, 2, 1], 150)]);
    const labels = Uint8Array.from(volume.hu, (hu, p) => (hu === 0 ? 0 : p % 8 < 4 ? ORGAN : LESION));
    const runs = labelRuns(createLabelMap(volume.geometry, labels));
    const relabelled = { ...runs, label: runs.label.map((label) => (label === LESION ? ORGAN : label)) };
    const view = axialView(volume.geometry);
    const whole = measureLabels(
      labelRuns(
        createLabelMap(
          volume.geometry,
          labels.map((label) => (label ? ORGAN : 0)),
        ),
      ),
      {
        volume,
        view,
        manifest,
      },
    );
    expect(measureLabels(relabelled, { volume, view, manifest })).toEqual(whole);
  });
});

/** Six digits: sums in another order differ in the last ones, and −0 is 0. */
function rounded(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, part: unknown) => (typeof part === 'number' ? Number(part.toFixed(6)) + 0 : part)));
}

describe('measures on uneven slices', () => {
  it('take each slice for what it stands for', () => {
    const even = makeVolume([4, 4, 4], [box([1, 1, 1], [3, 3, 3], 210)]);
    const volume = createVolume({ ...even.geometry, slicePositionsMm: [0, 1, 3, 9] }, even.hu);
    const lesion = measure(volume).lesions![0]!;
    // Slice 1 stands for 1.5 mm, slice 2 for 4 mm.
    expect(lesion.volumeMl).toBeCloseTo((4 * 1.5 + 4 * 4) / 1000, 12);
    expect(lesion.centroidMm[2]).toBeCloseTo((1.5 * 1 + 4 * 3) / 5.5, 9);
    // From half a step of 1 mm below slice 1 to half a step of 6 mm above slice 2, one voxel to the side.
    expect(lesion.largestDiameter3dMm).toBeCloseTo(Math.hypot(5.5, 1, 1), 9);
  });
});

describe('the surface', () => {
  const SIZE = 48;
  /** A ball round the middle of the grid, by world positions. */
  const ball = (radiusMm: number, stepsMm: readonly [number, number, number]): Volume => {
    const size = stepsMm.map((mm) => Math.ceil((2 * radiusMm) / mm) + 4) as [number, number, number];
    expect(Math.max(...size)).toBeLessThanOrEqual(SIZE);
    const [i, j, k] = stepsMm;
    const volume = makeVolume(size, [], affineFromColumns([i, 0, 0], [0, j, 0], [0, 0, k], [0, 0, 0]));
    let p = 0;
    for (let c = 0; c < size[2]; c++)
      for (let b = 0; b < size[1]; b++)
        for (let a = 0; a < size[0]; a++, p++) {
          const squared = [a, b, c].reduce((sum, n, axis) => sum + ((n - (size[axis]! - 1) / 2) * stepsMm[axis]!) ** 2, 0);
          if (squared <= radiusMm ** 2) volume.hu[p] = 210;
        }
    return volume;
  };

  it.each([
    [20, [1, 1, 1]],
    [15, [0.7, 0.7, 5]],
    [16, [2.5, 0.8, 1.25]],
  ] as const)('of a ball of %d mm on voxels of %j mm is right within 2 %%', (radiusMm, stepsMm) => {
    const { surfaceMm2 } = measure(ball(radiusMm, stepsMm)).lesions![0]!;
    expect(Math.abs(surfaceMm2 / (4 * Math.PI * radiusMm ** 2) - 1)).toBeLessThan(0.02);
  });

  it('counts the cut of the field of view; flat faces along the grid come out up to a tenth too small', () => {
    const side = 40;
    const volume = makeVolume([side, side, side], [box([0, 0, 0], [side, side, side], 210)], STANDARD_AXIAL);
    const share = measure(volume).lesions![0]!.surfaceMm2 / (6 * side ** 2);
    expect(share).toBeGreaterThan(0.9);
    expect(share).toBeLessThan(1);
  });

  it('of a label is the sum of its components', () => {
    const { labels, lesions } = measure(makeVolume([14, 12, 6], TWO_LESIONS, AFFINE));
    expect(labels[1]!.surfaceMm2).toBeCloseTo(
      lesions!.reduce((sum, { surfaceMm2 }) => sum + surfaceMm2, 0),
      9,
    );
  });
});

it('the longest diameters, in a slice and in space, are those of all pairs, whatever the shape', () => {
  const size = [6, 5, 4] as const;
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 120, maxLength: 120 }), (isLesion) => {
      const volume = createVolume(
        { sizeVoxels: size, voxelToWorld: AFFINE },
        Int16Array.from(isLesion, (is) => (is ? 210 : 0)),
      );
      const { lesions } = measure(volume);
      const runs = runsOfLabel(labelRuns(createLabelMap(volume.geometry, Uint8Array.from(isLesion, Number))), 1);
      const { count, ofRun } = connectedComponents(runs, [1], 26);
      const expected = Array.from({ length: count }, (_, part) => longestOfAllPairs(facesOf(runs, ofRun, part)));
      const ours = lesions!.map(({ largestDiameter3dMm }) => largestDiameter3dMm);
      expect(ours.map(sixDigits).sort()).toEqual(expected.map(sixDigits).sort());
      const inSlices = Array.from({ length: count }, (_, part) => {
        const edges = facesOf(runs, ofRun, part).filter(([, , z]) => z % 4 === 0);
        return Math.max(...[0, 4, 8, 12].map((z) => longestOfAllPairs(edges.filter((edge) => edge[2] === z))));
      });
      const oursInSlices = lesions!.map(({ largestDiameterMm }) => largestDiameterMm);
      expect(oursInSlices.map(sixDigits).sort()).toEqual(inSlices.map(sixDigits).sort());
    }),
    { numRuns: 30 },
  );

  function facesOf({ start, length }: LabelRuns, ofRun: Int32Array, part: number): Vector3[] {
    const voxels = Array.from(start).flatMap((first, run) =>
      ofRun[run] === part ? Array.from({ length: length[run]! }, (_, n) => first + n) : [],
    );
    return voxels.flatMap((p) => {
      const [i, j, k] = [p % size[0], Math.floor(p / size[0]) % size[1], Math.floor(p / (size[0] * size[1]))];
      return [-0.5, 0.5].flatMap((half): Vector3[] => [
        [(i + half) * 0.5, j * 0.6, k * 4],
        [i * 0.5, (j + half) * 0.6, k * 4],
        [i * 0.5, j * 0.6, (k + half) * 4],
      ]);
    });
  }

  function longestOfAllPairs(points: readonly Vector3[]): number {
    let longest = 0;
    for (const a of points) for (const b of points) longest = Math.max(longest, norm(subtract(a, b)));
    return longest;
  }

  function sixDigits(value: number): string {
    return value.toFixed(6);
  }
});
