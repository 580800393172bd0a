import { afterEach, describe, expect, it } from 'vitest';
import { affineFromColumns } from '../../core/affine.ts';
import { createVolume } from '../../core/volume.ts';
import { type Bundle, loadBundle } from '../../runtime/bundle.ts';
import { segment } from '../../runtime/segment.ts';
import { nodeSessions } from '../../runtime/sessions/session-node.ts';
import { ORGAN_HU, type TinyBundleOptions, TUMOUR_HU, tinyBundle } from './make-tiny-bundle.ts';
import { ALL_VOXEL_ORDERS, makeVolume, reorderVolume } from './make-volume.ts';

const loaded: Bundle[] = [];

async function load(options: TinyBundleOptions = {}): Promise<Bundle> {
  const bundle = await loadBundle(tinyBundle(options), { openSessions: nodeSessions({ providers: ['cpu'] }) });
  loaded.push(bundle);
  return bundle;
}

afterEach(async () => {
  for (const bundle of loaded.splice(0)) await bundle.release();
});

describe('segment', () => {
  it('finds the tumour in the crop and leaves stage 1 outside it', async () => {
    // The crop is 16 × 16 round the centroid of everything bright: the far tumour-bright block lies outside and stays organ.
    const volume = makeVolume(
      [32, 32, 2],
      [
        { from: [10, 10, 0], to: [20, 20, 1], hu: ORGAN_HU },
        { from: [14, 14, 0], to: [16, 16, 1], hu: TUMOUR_HU },
        { from: [0, 0, 0], to: [2, 2, 1], hu: TUMOUR_HU },
      ],
    );
    const { labelMap, outcome, measurements } = await segment(await load(), volume);
    expect(labelMap.labels[14 * 32 + 14]).toBe(2);
    expect(labelMap.labels[10 * 32 + 10]).toBe(1);
    expect(labelMap.labels[0]).toBe(1);
    expect(outcome).toBe('tumour-found');
    expect(measurements.map(({ voxelCount }) => voxelCount)).toEqual([100, 4]);
    expect(labelMap.geometry).toEqual(volume.geometry);
  });

  it('crops beyond every edge of the slice', async () => {
    for (const [i, j] of [
      [0, 0],
      [29, 0],
      [0, 29],
      [29, 29],
    ] as const) {
      const volume = makeVolume([32, 32, 1], [{ from: [i, j, 0], to: [i + 3, j + 3, 1], hu: TUMOUR_HU }]);
      const { labelMap } = await segment(await load(), volume);
      expect(labelMap.labels).toEqual(Uint8Array.from(volume.hu, (hu) => (hu > 0 ? 2 : 0)));
    }
  });

  it('says that the organ is absent where nothing is found, and skips stage 2', async () => {
    const steps: string[] = [];
    const result = await segment(await load(), makeVolume([8, 8, 3], []), { onProgress: ({ stage }) => steps.push(stage) });
    expect(result.outcome).toBe('organ-absent');
    expect(result.findings.map(({ code }) => code)).toEqual(['ORGAN_ABSENT']);
    expect(result.measurements[0]).toEqual({
      index: 1,
      name: 'kidney',
      volumeMl: 0,
      voxelCount: 0,
      components: 0,
      largestDiameterMm: 0,
      largestDiameter3dMm: 0,
      surfaceMm2: 0,
    });
    expect(new Set(steps)).toEqual(new Set(['organ']));
    expect(result.timings.stages.map(({ slices }) => slices)).toEqual([3, 0]);
  });

  it.each([
    [1, 1, 1],
    [1, 1, 5],
    [3, 1, 2],
    [2, 7, 1],
  ] as const)('segments a volume of %i × %i × %i, smaller than the crop', async (i, j, k) => {
    const volume = makeVolume([i, j, k], [{ from: [0, 0, 0], to: [i, j, k], hu: TUMOUR_HU }]);
    const { labelMap } = await segment(await load({ cropPixels: [32, 32], onGridPixels: [4, 4] }), volume);
    expect(labelMap.labels).toEqual(new Uint8Array(i * j * k).fill(2));
  });

  it('gives the same anatomy the same labels in all 48 voxel orders', async () => {
    const affine = affineFromColumns([0.7, 0, 0], [0, 0.7, 0], [0, 0, 3], [10, 20, 30]);
    const boxes = [
      { from: [2, 3, 1], to: [9, 6, 4], hu: ORGAN_HU },
      { from: [3, 4, 2], to: [6, 6, 3], hu: TUMOUR_HU },
    ] as const;
    const standard = makeVolume([12, 10, 5], boxes, affine);
    const bundle = await load();
    const truth = await segment(bundle, standard);
    const asVolume = createVolume(standard.geometry, Int16Array.from(truth.labelMap.labels));
    for (const order of ALL_VOXEL_ORDERS) {
      const result = await segment(bundle, reorderVolume(standard, order));
      expect(Int16Array.from(result.labelMap.labels)).toEqual(reorderVolume(asVolume, order).hu);
      expect(result.findings).toEqual(truth.findings);
      result.measurements.forEach((measured, n) => {
        const expected = truth.measurements[n]!;
        expect(measured.volumeMl).toBeCloseTo(expected.volumeMl, 9);
        expect(measured.largestDiameterMm).toBeCloseTo(expected.largestDiameterMm, 9);
        expect(measured.components).toBe(expected.components);
      });
    }
  });

  it('measures volume, diameter and mean HU in millimetres', async () => {
    const affine = affineFromColumns([0.5, 0, 0], [0, 0.6, 0], [0, 0, 4], [0, 0, 0]);
    const volume = makeVolume([32, 32, 4], [{ from: [4, 5, 1], to: [10, 6, 3], hu: ORGAN_HU }], affine);
    const { measurements, outcome, findings } = await segment(await load(), volume);
    const kidney = measurements[0]!;
    expect(kidney.volumeMl).toBeCloseTo((6 * 1 * 2 * 0.5 * 0.6 * 4) / 1000, 9);
    expect(kidney.meanHu).toBe(ORGAN_HU);
    // Six pixels of 0.5 mm in a row: 3 mm from edge to edge.
    expect(kidney.largestDiameterMm).toBeCloseTo(3, 9);
    expect(outcome).toBe('no-tumour-found');
    expect(findings.map(({ code }) => code)).toEqual(['NO_TUMOUR_FOUND']);
  });

  it('measures volumes by true slice distances', async () => {
    const regular = makeVolume([4, 4, 3], [{ from: [0, 0, 2], to: [4, 4, 3], hu: ORGAN_HU }]);
    const volume = createVolume({ ...regular.geometry, slicePositionsMm: [0, 1, 8] }, regular.hu);
    const { measurements } = await segment(await load(), volume);
    expect(measurements[0]?.volumeMl).toBeCloseTo((16 * 7) / 1000, 9);
  });

  it('measures diameters by true slice distances, where slices stand upright in the axial view', async () => {
    const coronal = affineFromColumns([1, 0, 0], [0, 0, 1], [0, -4, 0], [0, 0, 0]);
    const regular = makeVolume([5, 5, 3], [{ from: [2, 2, 0], to: [3, 3, 3], hu: ORGAN_HU }], coronal);
    const volume = createVolume({ ...regular.geometry, slicePositionsMm: [0, 1, 8] }, regular.hu);
    const { measurements } = await segment(await load(), volume);
    // Half a step of 1 mm before the first slice, 8 mm, half a step of 7 mm beyond the last.
    expect(measurements[0]?.largestDiameterMm).toBeCloseTo(12, 9);
  });

  it('does not measure a diameter across two components', async () => {
    const volume = makeVolume(
      [32, 32, 3],
      [
        { from: [1, 10, 1], to: [5, 11, 2], hu: ORGAN_HU },
        { from: [25, 10, 1], to: [31, 11, 2], hu: ORGAN_HU },
      ],
    );
    const { measurements } = await segment(await load(), volume);
    expect(measurements[0]).toMatchObject({ components: 2, voxelCount: 10 });
    expect(measurements[0]?.largestDiameterMm).toBeCloseTo(6, 9);
  });

  it('warns when the organ reaches the first or last slice', async () => {
    for (const k of [0, 4]) {
      const volume = makeVolume([8, 8, 5], [{ from: [2, 2, k], to: [5, 5, k + 1], hu: ORGAN_HU }]);
      const { findings } = await segment(await load(), volume);
      expect(findings.map(({ code }) => code)).toContain('ORGAN_CUT_BY_FIELD_OF_VIEW');
    }
  });

  it('warns when the organ is no brighter than without contrast medium, whether a tumour was found or not', async () => {
    const organ = { from: [2, 2, 1], to: [6, 6, 3], hu: ORGAN_HU } as const;
    const codes = async (enhancedOrganHu: number | undefined, ...boxes: Parameters<typeof makeVolume>[1]) => {
      const bundle = await load(enhancedOrganHu === undefined ? {} : { enhancedOrganHu });
      return (await segment(bundle, makeVolume([8, 8, 5], boxes))).findings.map(({ code }) => code);
    };
    expect(await codes(ORGAN_HU + 1, organ)).toEqual(['NO_TUMOUR_FOUND', 'ORGAN_NOT_ENHANCED']);
    // What a tumour measures does not make its organ brighter.
    expect(await codes(ORGAN_HU + 1, organ, { from: [3, 3, 1], to: [5, 5, 3], hu: TUMOUR_HU })).toEqual(['ORGAN_NOT_ENHANCED']);
    expect(await codes(ORGAN_HU, organ)).toEqual(['NO_TUMOUR_FOUND']);
    expect(await codes(undefined, organ)).toEqual(['NO_TUMOUR_FOUND']);
    expect(await codes(ORGAN_HU + 1)).toEqual(['ORGAN_ABSENT']);
  });

  it('removes specks of foreground and turns specks of lesion into organ', async () => {
    const volume = makeVolume(
      [32, 32, 3],
      [
        { from: [10, 10, 1], to: [20, 20, 2], hu: ORGAN_HU },
        { from: [12, 12, 1], to: [13, 13, 2], hu: TUMOUR_HU },
        { from: [15, 15, 1], to: [18, 18, 2], hu: TUMOUR_HU },
        { from: [30, 30, 1], to: [31, 31, 2], hu: ORGAN_HU },
      ],
    );
    const { measurements, labelMap } = await segment(await load({ minComponentMl: 0.005, minLesionMl: 0.005 }), volume);
    expect(measurements.map(({ voxelCount, components }) => [voxelCount, components])).toEqual([
      [91, 1],
      [9, 1],
    ]);
    expect(labelMap.labels[(32 + 30) * 32 + 30]).toBe(0);
    expect(labelMap.labels[(32 + 12) * 32 + 12]).toBe(1);
  });

  it('stops after the signal', async () => {
    const controller = new AbortController();
    const running = segment(await load(), makeVolume([8, 8, 9], []), {
      signal: controller.signal,
      onProgress: ({ done }) => done === 2 && controller.abort(),
    });
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('does not touch its input', async () => {
    const volume = makeVolume([8, 8, 2], [{ from: [2, 2, 0], to: [5, 5, 1], hu: ORGAN_HU }]);
    const before = volume.hu.slice();
    await segment(await load(), volume);
    expect(volume.hu).toEqual(before);
  });
});
