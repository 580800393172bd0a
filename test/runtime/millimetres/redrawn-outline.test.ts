/** Outlines that a finer stage redraws: near the former one, by true distances, the same as the plain way. */
import { describe, expect, it } from 'vitest';
import type { StageOutput } from '../../../core/millimetre-stage.ts';
import { type Ramp, rampSession, slowMillimetreStage } from './slow-millimetre-stage.ts';
import { body, differing, ORGAN, run, type Stage, slow, VOLUME, WHOLE } from './stage-trial.ts';

describe('an output that redraws the outline of a label', () => {
  const redrawn = async (redrawMm: number | undefined, change: Partial<StageOutput> = {}, ramp: Ramp = [20, 110]) => {
    const before = await run({ ...WHOLE, spacingMm: 4, outputs: [{ ...ORGAN, threshold: 0.6 }] }, VOLUME);
    const output = { ...ORGAN, minComponentMl: 0, ...change, ...(redrawMm === undefined ? {} : { redrawMm }) };
    const region = { kind: 'box-around-labels', labels: [1], marginMm: 6 } as const;
    const stage: Stage = { spacingMm: 1, outputs: [output], region };
    const found = await run(stage, VOLUME, { labels: Uint8Array.from(before), session: rampSession([ramp]) });
    const plain = Uint8Array.from(before);
    slowMillimetreStage(stage, VOLUME, [ramp], plain);
    expect(differing(found, plain)).toBe(0);
    return { before, found };
  };
  const voxels = (labels: Uint8Array, isMeant: (p: number) => boolean): number =>
    labels.reduce((sum, label, p) => sum + Number(label === 1 && isMeant(p)), 0);

  it('takes away and adds near the former outline', async () => {
    const wider = await redrawn(3);
    expect(voxels(wider.found, (p) => wider.before[p] !== 1)).toBeGreaterThan(5);
    const tighter = await redrawn(3, { threshold: 0.9 });
    expect(voxels(tighter.before, (p) => tighter.found[p] !== 1)).toBeGreaterThan(5);
    const written = await redrawn(undefined, { threshold: 0.9 });
    expect(voxels(written.before, (p) => written.found[p] !== 1)).toBe(0);
  });

  it('keeps what is deep and leaves out what is far, whatever is believed', async () => {
    const nothing = await redrawn(2, {}, [5000, 6000]);
    const core = voxels(nothing.found, () => true);
    expect(core).toBeGreaterThan(5);
    expect(core).toBeLessThan(voxels(nothing.before, () => true));
    expect(voxels(nothing.found, (p) => nothing.before[p] !== 1)).toBe(0);
    const everything = await redrawn(2, { maxComponents: 0 }, [-5000, -4000]);
    expect(voxels(everything.before, (p) => everything.found[p] !== 1)).toBe(0);
    const all = voxels(everything.found, () => true);
    expect(all).toBeGreaterThan(voxels(everything.before, () => true));
    expect(all).toBeLessThan(voxels((await redrawn(4, { maxComponents: 0 }, [-5000, -4000])).found, () => true));
    // Deeper than the organs are, nothing is: all of it is decided anew.
    expect(voxels((await redrawn(40, {}, [5000, 6000])).found, () => true)).toBe(0);
  });

  it.each([
    ['uneven', body([29, 23, 11], [1.3, 1.9, 2.7], [0, 1, 2, 5, 8, 11, 15, 19, 22, 24, 27])],
    ['falling', body([21, 23, 5], [1.3, 1.9, 4], [20, 15, 11, 4, 0])],
  ] as const)('by true distances, on %s slices', async (_, volume) => {
    const before = await run({ ...WHOLE, spacingMm: 4, outputs: [{ ...ORGAN, threshold: 0.6 }] }, volume);
    const stage: Stage = { ...WHOLE, spacingMm: 1, outputs: [{ ...ORGAN, threshold: 0.9, redrawMm: 3 }] };
    const found = await run(stage, volume, { labels: Uint8Array.from(before) });
    expect(differing(found, slow(stage, volume, Uint8Array.from(before)))).toBe(0);
    expect(differing(found, before)).toBeGreaterThan(5);
    expect(voxels(found, () => true)).toBeGreaterThan(5);
  });

  it('leaves other labels alone', async () => {
    const labels = (await run({ ...WHOLE, outputs: [ORGAN] }, VOLUME)).map((label, p) => (label === 0 && p % 7 === 0 ? 2 : label));
    const stage: Stage = { ...WHOLE, outputs: [{ ...ORGAN, redrawMm: 3 }] };
    const found = await run(stage, VOLUME, { labels: Uint8Array.from(labels), session: rampSession([[5000, 6000]]) });
    expect(found.filter((label) => label === 2).length).toBe(labels.filter((label) => label === 2).length);
  });
});
