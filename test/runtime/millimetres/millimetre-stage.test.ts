/** What a stage in millimetres marks: the same as the plain way, whatever the scan. */
import { describe, expect, it } from 'vitest';
import type { StageOutput } from '../../../core/millimetre-stage.ts';
import { createVolume } from '../../../core/volume.ts';
import { axialView, wholeSlice } from '../../../preprocess/reorient.ts';
import { slicePositionsMm } from '../../../preprocess/slice-positions.ts';
import { smoothedSlices } from '../../../preprocess/smoothed-slices.ts';
import { gridRegion } from '../../../runtime/millimetres/millimetre-region.ts';
import { ALL_VOXEL_ORDERS, reorderVolume, type VoxelOrder } from '../make-volume.ts';
import { type Ramp, rampSession, slowMillimetreStage } from './slow-millimetre-stage.ts';
import { body, counts, differing, LESION, ORGAN, RAMPS, run, type Stage, slow, VOLUME, WHOLE } from './stage-trial.ts';

describe('a stage in millimetres', () => {
  it.each([
    ['coarser than the scan', VOLUME, 2.6],
    ['finer than the scan', VOLUME, 0.9],
    ['as wide as a pixel', VOLUME, 1.3],
    ['on slices that are unevenly spaced', body([29, 23, 11], [1.3, 1.9, 2.7], [0, 1, 2, 5, 8, 11, 15, 19, 22, 24, 27]), 2],
    ['on falling slice positions', body([21, 23, 5], [1.3, 1.9, 4], [20, 15, 11, 4, 0]), 2],
  ] as const)('marks what the plain way marks: a grid %s', async (_, volume, spacingMm) => {
    const stage = { ...WHOLE, spacingMm };
    const found = await run(stage, volume);
    expect(differing(found, slow(stage, volume))).toBe(0);
    for (const count of counts(found)) expect(count).toBeGreaterThan(3);
  });

  it('shows its network slices averaged along the body where it is to', async () => {
    const thin = body([29, 23, 22], [1.3, 1.9, 1]);
    const view = axialView(thin.geometry);
    const averaged = new Int16Array(thin.hu.length);
    const read = smoothedSlices(view, thin.hu, {
      box: wholeSlice(view),
      padding: 0,
      positionsMm: slicePositionsMm(view),
      smoothingMm: 1.2,
    });
    for (let k = 0; k < 22; k++) read(k, averaged.subarray(k * 29 * 23, (k + 1) * 29 * 23));
    const found = await run({ ...WHOLE, inputSmoothingMm: 1.2 }, thin);
    expect(differing(found, await run(WHOLE, { ...thin, hu: averaged }))).toBe(0);
    expect(differing(found, await run(WHOLE, thin))).toBeGreaterThan(10);
  });

  it('fills a hole and drops what is beyond the largest parts, and what is too small', async () => {
    const sizes = async (change: Partial<StageOutput>): Promise<number> =>
      counts(await run({ ...WHOLE, outputs: [{ ...ORGAN, ...change }] }, VOLUME))[1] as number;
    const all = await sizes({});
    expect(await sizes({ fillHoles: false })).toBeLessThan(all);
    expect(await sizes({ maxComponents: 1 })).toBeLessThan(all);
    expect(await sizes({ maxComponents: 0, minComponentMl: 0 })).toBeGreaterThan(all);
    expect(await sizes({ minComponentMl: 1000 })).toBe(0);
    const open = { ...WHOLE, outputs: [{ ...ORGAN, fillHoles: false, maxComponents: 0, minComponentMl: 0 }] };
    expect(differing(await run(open, VOLUME), slow(open, VOLUME))).toBe(0);
  });

  it('drops parts that are nowhere as probable as they are to be', async () => {
    const parts = async (leastPeak: number | undefined): Promise<number> => {
      const output = { ...ORGAN, maxComponents: 0, ...(leastPeak === undefined ? {} : { leastPeak }) };
      const stage = { ...WHOLE, outputs: [output] };
      const session = rampSession([[0, 220]]);
      const found = await run(stage, VOLUME, { session });
      const plain = new Uint8Array(VOLUME.hu.length);
      slowMillimetreStage(stage, VOLUME, [[0, 220]], plain);
      expect(differing(found, plain)).toBe(0);
      return counts(found)[1] as number;
    };
    const all = await parts(undefined);
    expect(await parts(0.45)).toBe(all);
    const sure = await parts(0.85);
    expect(sure).toBeGreaterThan(0);
    expect(sure).toBeLessThan(all);
    expect(await parts(0.999)).toBe(0);
  });

  it('marks the same in the world, whatever the order of the voxels', async () => {
    const expected = await run(WHOLE, VOLUME);
    const asVolume = { ...VOLUME, hu: Int16Array.from(expected) };
    for (const order of ALL_VOXEL_ORDERS) {
      const found = await run(WHOLE, reorderVolume(VOLUME, order));
      expect(differing(found, Uint8Array.from(reorderVolume(asVolume, order).hu)), nameOf(order)).toBe(0);
    }
  });

  it('knows the true positions of slices that the scan keeps from head to foot', async () => {
    const positions = [0, 1, 2, 5, 8, 11, 15, 19, 22, 24, 27];
    const volume = body([29, 23, 11], [1.3, 1.9, 2.7], positions);
    const turned = reorderVolume(volume, { axes: [0, 1, 2], isFlipped: [false, false, true] });
    const geometry = { ...turned.geometry, slicePositionsMm: positions.toReversed() };
    const expected = reorderVolume(
      { ...volume, hu: Int16Array.from(await run(WHOLE, volume)) },
      { axes: [0, 1, 2], isFlipped: [false, false, true] },
    );
    expect(differing(await run(WHOLE, createVolume(geometry, turned.hu)), Uint8Array.from(expected.hu))).toBe(0);
  });

  it('gives the same in batches, of which the last is not full', async () => {
    const session = rampSession(RAMPS);
    const found = await run(WHOLE, VOLUME, { batchSlices: 4, session });
    expect(differing(found, await run(WHOLE, VOLUME))).toBe(0);
    expect(session.batches).toEqual([4, 4, 4]);
  });

  it('sees one box round earlier labels with its margin, cut where the scan ends', async () => {
    const stage: Stage = { spacingMm: 0.8, outputs: [LESION], region: { kind: 'box-around-labels', labels: [1], marginMm: 4 } };
    const organs: Stage = { ...WHOLE, outputs: [ORGAN] };
    const before = await run(organs, VOLUME);
    const found = await run(stage, VOLUME, { labels: Uint8Array.from(before) });
    expect(differing(found, slow(stage, VOLUME, Uint8Array.from(before)))).toBe(0);
    expect(differing(found, before)).toBeGreaterThan(5);
    const view = axialView(VOLUME.geometry);
    expect(gridRegion(stage, view, before)?.box).not.toEqual(gridRegion(organs, view, before)?.box);
    // The right organ lies at the edge: the box ends there.
    const { box } = gridRegion(stage, view, before) as NonNullable<ReturnType<typeof gridRegion>>;
    expect(box.start[0] + box.sizePixels[0]).toBe(29);
  });

  it('takes a margin along the body by the true positions', () => {
    const volume = body([5, 5, 6], [1, 1, 3], [0, 2, 4, 9, 15, 30]);
    const labels = new Uint8Array(150);
    labels[2 * 25 + 12] = 1;
    const region = (marginMm: number) => {
      const stage: Stage = { spacingMm: 1, outputs: [ORGAN], region: { kind: 'box-around-labels', labels: [1], marginMm } };
      const found = gridRegion(stage, axialView(volume.geometry), labels);
      return [found?.firstSlice, found?.grid.sizeVoxels[2], found?.box.start[0], found?.box.sizePixels[0]];
    };
    expect(region(0)).toEqual([2, 1, 2, 1]);
    expect(region(1.9)).toEqual([2, 1, 0, 5]);
    expect(region(5)).toEqual([0, 4, 0, 5]);
    expect(region(1000)).toEqual([0, 6, 0, 5]);
  });

  it('does not run where there is nothing to look round', async () => {
    const session = rampSession(RAMPS);
    const stage: Stage = { ...WHOLE, region: { kind: 'box-around-labels', labels: [1], marginMm: 4 } };
    expect(counts(await run(stage, VOLUME, { session }))).toEqual([VOLUME.hu.length, 0, 0]);
    expect(session.batches).toEqual([]);
  });

  it('writes over what was there, and only within what it must lie in', async () => {
    const labels = new Uint8Array(VOLUME.hu.length).fill(3);
    const found = await run(WHOLE, VOLUME, { labels });
    expect(new Set(found)).toEqual(new Set([1, 2, 3]));
    const lesionsAlone = await run({ ...WHOLE, outputs: [LESION] }, VOLUME, { labels: new Uint8Array(VOLUME.hu.length).fill(3) });
    expect(new Set(lesionsAlone)).toEqual(new Set([3]));
  });

  it('lets a component bulge that lies mostly inside, and cuts one that lies mostly outside', async () => {
    // Drawn tight: what is marked in it reaches out of it on all sides.
    const organ = await run({ ...WHOLE, outputs: [{ ...ORGAN, threshold: 0.75 }] }, VOLUME);
    const lesions = async (bulgeMm: number | undefined, threshold: number) => {
      const output = { ...LESION, threshold, ...(bulgeMm === undefined ? {} : { bulgeMm }) };
      const stage = { ...WHOLE, outputs: [output] };
      const session = rampSession([[0, 210]]);
      const found = await run(stage, VOLUME, { labels: Uint8Array.from(organ), session });
      const plain = Uint8Array.from(organ);
      slowMillimetreStage(stage, VOLUME, [[0, 210]], plain);
      expect(differing(found, plain)).toBe(0);
      return {
        inside: found.reduce((sum, label, p) => sum + Number(label === 2 && organ[p] === 1), 0),
        outside: found.reduce((sum, label, p) => sum + Number(label === 2 && organ[p] !== 1), 0),
      };
    };
    const cut = await lesions(undefined, 0.35);
    expect(cut.outside).toBe(0);
    expect(await lesions(0, 0.35)).toEqual(cut);
    // No pixel of the grid of 2 mm is as near.
    expect(await lesions(1.9, 0.35)).toEqual(cut);
    expect((await lesions(2.1, 0.35)).outside).toBeGreaterThan(20);
    expect((await lesions(6, 0.35)).outside).toBeGreaterThan(80);
    // Both of what is so little probable are larger outside than inside.
    const large = await lesions(undefined, 0.2);
    expect(await lesions(3, 0.2)).toEqual(large);
    expect((await lesions(2.1, 0.2)).outside).toBeGreaterThan(50);
  });

  it.each([
    ['one slice', body([29, 23, 1], [1.3, 1.9, 2.7])],
    ['pixels of 1 × 1', body([1, 1, 9], [1.3, 1.9, 2.7])],
    ['one voxel', body([1, 1, 1], [1, 1, 1])],
    ['a pixel far smaller than the grid', body([7, 5, 3], [0.01, 0.01, 0.01])],
    ['nothing but padding', createVolume(VOLUME.geometry, new Int16Array(VOLUME.hu.length).fill(-1024))],
  ] as const)('is defined on %s', async (_, volume) => {
    expect(differing(await run(WHOLE, volume), slow(WHOLE, volume))).toBe(0);
  });

  it('refuses slices that are larger than any scanner makes, before a grid for them is made', async () => {
    await expect(run(WHOLE, body([29, 23, 1], [100, 1, 1]))).rejects.toMatchObject({ code: 'GEOMETRY_INVALID' });
  });

  it('refuses a network that does not answer with its outputs', async () => {
    await expect(run(WHOLE, VOLUME, { session: rampSession([RAMPS[0] as Ramp]) })).rejects.toMatchObject({
      code: 'INFERENCE_FAILED',
    });
  });

  it('stops where it is told to', async () => {
    const session = rampSession(RAMPS);
    await expect(run(WHOLE, VOLUME, { session, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(session.batches).toEqual([]);
  });
});

function nameOf({ axes, isFlipped }: VoxelOrder): string {
  return axes.map((axis, n) => `${isFlipped[n] ? '-' : '+'}${axis}`).join(' ');
}
