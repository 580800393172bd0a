import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Disagreement, disagreementOf, measureDisagreement, VIEWS } from '../../../cli/active/view-disagreement.ts';
import { labelSetOf } from '../../../core/model-manifest.ts';
import { createLabelMap, type LabelMap, type Volume } from '../../../core/volume.ts';
import { overlapOf } from '../../../evaluate/perturb/region-overlap.ts';
import { planFor } from '../../../evaluate/regions.ts';
import type { Bundle } from '../../../runtime/bundle.ts';
import { loadBundle } from '../../../runtime/load-bundle.ts';
import { segment } from '../../../runtime/segment.ts';
import { axialGrid } from '../../formats/phantoms.ts';
import { tinyBundle } from '../../runtime/make-tiny-bundle.ts';
import { madeCase } from './made-cases.ts';

const REGIONS = [
  { name: 'organ', labels: [1, 2] },
  { name: 'tumour', labels: [2] },
];

function row(...labels: readonly number[]): LabelMap {
  return createLabelMap(axialGrid([labels.length, 1, 1]), Uint8Array.from(labels));
}

describe('the disagreement of masks', () => {
  it('is 1 − the mean Dice with the views, and over the regions their mean', () => {
    const { uncertainty, regions } = disagreementOf(row(1, 1, 2, 0), [row(1, 1, 2, 0), row(1, 2, 2, 1)], REGIONS);
    // Organ: Dice 1 and 2 · 3 / (3 + 4); tumour: 1 and 2 · 1 / (1 + 2).
    const [organ, tumour] = [1 - (1 + 6 / 7) / 2, 1 - (1 + 2 / 3) / 2];
    expect(regions.map((one) => one.uncertainty)).toEqual([expect.closeTo(organ, 12), expect.closeTo(tumour, 12)]);
    expect(uncertainty).toBeCloseTo((organ + tumour) / 2, 12);
  });

  it('leaves a region out that no mask has, and counts one that a single view has', () => {
    expect(disagreementOf(row(1, 0), [row(0, 1)], REGIONS).uncertainty).toBe(1);
    const [, tumour] = disagreementOf(row(1, 1), [row(1, 2), row(1, 1)], REGIONS).regions;
    expect(tumour).toMatchObject({ uncertainty: 0.5, volumeMl: 0 });
  });

  it('is whole where nothing is found at all: that puts the case first', () => {
    expect(disagreementOf(row(0, 0), [row(0, 0)], REGIONS).uncertainty).toBe(1);
    expect(disagreementOf(row(0, 1), [row(0, 1)], REGIONS).uncertainty).toBe(0);
  });
});

describe('the disagreement of a bundle', () => {
  let bundle: Bundle;
  beforeAll(async () => {
    bundle = await loadBundle(tinyBundle());
  });
  afterAll(() => bundle.release());

  const segmentVolume = async (volume: Volume): Promise<LabelMap> => (await segment(bundle, volume)).labelMap;

  async function measure(name: string, volume: Volume): Promise<Disagreement & { readonly mask: LabelMap }> {
    const mask = await segmentVolume(volume);
    const { regions } = planFor(labelSetOf(bundle.manifest));
    return { mask, ...(await measureDisagreement({ name, volume, mask, regions, segmentVolume })) };
  }

  it('is high where the mask is bad, on cases made from easy to hard', async () => {
    const brightness = [170, 155, 145, 138, 131, 125, 119, 113, 107, 101];
    const [uncertainties, dices]: [number[], number[]] = [[], []];
    for (const [n, organHu] of brightness.entries()) {
      const { volume, truth } = madeCase(n, organHu);
      const { mask, regions } = await measure(`case ${n}`, volume);
      uncertainties.push(regions[0]?.uncertainty as number);
      dices.push(overlapOf(mask, truth, { name: 'organ', labels: [1, 2] }).dice);
    }
    expect(Math.max(...dices)).toBeGreaterThan(0.99);
    expect(Math.min(...dices)).toBeLessThan(0.8);
    expect(rankCorrelation(uncertainties, dices)).toBeLessThan(-0.85);
  });

  it('is the same every time, and differs from case to case by the noise alone', async () => {
    const { volume } = madeCase(1, 110);
    const first = await measure('a', volume);
    expect((await measure('a', volume)).uncertainty).toBe(first.uncertainty);
    expect((await measure('b', volume)).uncertainty).not.toBe(first.uncertainty);
    expect(VIEWS.length).toBe(3);
  });

  it('cannot see what every view misses: an organ of which the tumour alone is found counts as sure', async () => {
    const { volume, truth } = madeCase(1, 40);
    const { mask, regions } = await measure('a', volume);
    expect(overlapOf(mask, truth, { name: 'organ', labels: [1, 2] }).dice).toBeLessThan(0.5);
    expect(regions[0]?.uncertainty).toBeLessThan(0.05);
  });
});

/** Spearman's. */
function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const ranks = (values: readonly number[]): number[] =>
    values.map(
      (value) => values.filter((other) => other < value).length + (values.filter((other) => other === value).length - 1) / 2,
    );
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length - 1) / 2;
  const sum = (f: (n: number) => number): number => a.reduce((total, _, n) => total + f(n), 0);
  const covariance = sum((n) => ((x[n] as number) - middle) * ((y[n] as number) - middle));
  const spread = (values: readonly number[]): number => Math.sqrt(sum((n) => ((values[n] as number) - middle) ** 2));
  return covariance / (spread(x) * spread(y));
}
