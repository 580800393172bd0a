import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { type DrawnLesions, drawLesionsInto } from '../../../train/augmentation/drawn-lesions.ts';
import type { Sample } from '../../../train/augmentation/sample.ts';
import { meanOf } from './slices.ts';

const [WIDTH, HEIGHT] = [120, 100];
const SIZE = [WIDTH, HEIGHT] as const;
const [ORGAN, LESION, ORGAN_HU] = [7, 9, 60];

const DESIGN: DrawnLesions = {
  kind: 'drawn-lesions',
  probability: 1,
  organLabel: ORGAN,
  lesionLabel: LESION,
  most: 1,
  radiusPixels: [8, 8],
  edgePixels: [0.5, 0.5],
  roughness: [0, 0],
  darkerHu: [30, 30],
  lowestHu: -200,
  brighterProbability: 0,
  brighterHu: [40, 40],
  bulgeProbability: 0,
};

/** An organ on the left half, fat on the right, with grain. */
function halfOrgan(grainHu = 0): Sample {
  const random = createRandom(11);
  const isOrgan = (p: number): boolean => p % WIDTH < WIDTH / 2;
  return {
    hu: Float32Array.from({ length: WIDTH * HEIGHT }, (_, p) => (isOrgan(p) ? ORGAN_HU : -100) + random.normal(0, grainHu)),
    labels: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, p) => (isOrgan(p) ? ORGAN : 0)),
  };
}

function drawn(seed: number, changes: Partial<DrawnLesions> = {}, sample = halfOrgan()): Sample {
  drawLesionsInto(sample, SIZE, { ...DESIGN, ...changes }, createRandom(seed));
  return sample;
}

const pixelsOf = ({ labels }: Sample, label: number): number[] => [...labels.keys()].filter((p) => labels[p] === label);
const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);

describe('lesions drawn into a sample', () => {
  it('lie in the organ, take its label and leave everything else', () => {
    for (const seed of SEEDS) {
      const [before, after] = [halfOrgan(), drawn(seed)];
      const lesion = pixelsOf(after, LESION);
      expect(lesion.length).toBeGreaterThan(0);
      expect(lesion.every((p) => before.labels[p] === ORGAN)).toBe(true);
      for (let p = 0; p < before.hu.length; p++) if (before.labels[p] !== ORGAN) expect(after.hu[p]).toBe(before.hu[p]);
    }
  });

  it('are as large and as dark as they are asked to be', () => {
    const whole = SEEDS.map((seed) => drawn(seed)).filter((sample) => {
      const columns = pixelsOf(sample, LESION).map((p) => p % WIDTH);
      const rows = pixelsOf(sample, LESION).map((p) => Math.floor(p / WIDTH));
      return Math.min(...columns, ...rows) > 1 && Math.max(...columns) < WIDTH / 2 - 2 && Math.max(...rows) < HEIGHT - 2;
    });
    expect(whole.length).toBeGreaterThan(10);
    const areas = whole.map((sample) => pixelsOf(sample, LESION).length);
    expect(meanOf(areas) / (Math.PI * 64)).toBeCloseTo(1, 1);
    // Core and rim, which some have, lie round it.
    const means = whole.map((sample) => meanOf(pixelsOf(sample, LESION).map((p) => sample.hu[p] as number)));
    expect(means.filter((mean) => Math.abs(mean - (ORGAN_HU - 30)) < 1.5).length).toBeGreaterThan(whole.length / 4);
    expect(Math.max(...means)).toBeLessThan(ORGAN_HU + 20);
  });

  it('are left out where the organ is hardly above the lowest value, so that they could not be seen', () => {
    const hardly = { lowestHu: ORGAN_HU - 8 };
    expect(SEEDS.every((seed) => pixelsOf(drawn(seed, hardly), LESION).length > 0)).toBe(true);
    expect(SEEDS.every((seed) => pixelsOf(drawn(seed, { ...hardly, leastDifferenceHu: 20 }), LESION).length === 0)).toBe(true);
    expect(SEEDS.every((seed) => pixelsOf(drawn(seed, { leastDifferenceHu: 20 }), LESION).length > 0)).toBe(true);
  });

  it('are left out where the grain is such that nobody could see them, the smaller the sooner', () => {
    const share = (grainHu: number, radius: number): number =>
      SEEDS.filter(
        (seed) =>
          pixelsOf(drawn(seed, { leastVisibility: 8, radiusPixels: [radius, radius] }, halfOrgan(grainHu)), LESION).length > 0,
      ).length / SEEDS.length;
    // 30 HU · 8 pixels are 8 times a grain of 30 HU.
    expect(share(0, 8)).toBe(1);
    expect(share(27, 8)).toBe(1);
    expect(share(33, 8)).toBe(0);
    expect(share(33, 10)).toBe(1);
  });

  it('keep the grain of the slice', () => {
    const grain = halfOrgan(20);
    const before = halfOrgan(20);
    const after = drawn(4, { radiusPixels: [14, 14] }, grain);
    const inner = pixelsOf(after, LESION);
    const changes = inner.map((p) => (after.hu[p] as number) - (before.hu[p] as number));
    // What is added is smooth: rim, core and the edge, whatever the grain.
    expect(new Set(changes.map((change) => Math.round(change))).size).toBeLessThan(inner.length / 4);
  });

  it('are darker where they are small, so that they can be seen', () => {
    for (const seed of SEEDS) {
      const sample = drawn(seed, { radiusPixels: [2.5, 2.5], darkerHu: [5, 5], edgePixels: [0.1, 0.1] });
      const lesion = pixelsOf(sample, LESION);
      expect(Math.min(...lesion.map((p) => sample.hu[p] as number))).toBeLessThan(ORGAN_HU - 20);
    }
  });

  it('go no lower than they may, and are sometimes brighter', () => {
    for (const seed of SEEDS) {
      const low = drawn(seed, { darkerHu: [200, 200], lowestHu: 22, edgePixels: [0.1, 0.1] });
      expect(Math.min(...pixelsOf(low, LESION).map((p) => low.hu[p] as number))).toBeGreaterThanOrEqual(21.9);
      const bright = drawn(seed, { brighterProbability: 1 });
      expect(meanOf(pixelsOf(bright, LESION).map((p) => bright.hu[p] as number))).toBeGreaterThan(ORGAN_HU);
    }
  });

  it('bulge into the fat beside the organ where they are to', () => {
    const outside = SEEDS.map((seed) =>
      pixelsOf(drawn(seed, { bulgeProbability: 1 }), LESION).filter((p) => p % WIDTH >= WIDTH / 2),
    );
    expect(outside.filter((pixels) => pixels.length > 0).length).toBeGreaterThan(SEEDS.length / 3);
  });

  it('are as many as they may be at most, and differ from sample to sample', () => {
    const areas = SEEDS.map(
      (seed) => pixelsOf(drawn(seed, { most: 4, radiusPixels: [2.5, 12], roughness: [0.1, 0.2] }), LESION).length,
    );
    expect(new Set(areas).size).toBeGreaterThan(30);
    expect(drawn(1, { most: 4 })).toEqual(drawn(1, { most: 4 }));
  });

  it('never take more than half of the organ that is seen', () => {
    for (const seed of SEEDS) {
      const sample = drawn(seed, { radiusPixels: [20, 90], bulgeProbability: 0.5 });
      expect(pixelsOf(sample, LESION).filter((p) => p % WIDTH < WIDTH / 2).length).toBeLessThanOrEqual((WIDTH * HEIGHT) / 4);
    }
    expect(pixelsOf(drawn(1, { radiusPixels: [200, 200] }), LESION)).toEqual([]);
  });

  it('are none where there is hardly any organ, or a picture has several channels', () => {
    const little = halfOrgan();
    little.labels.fill(0).fill(ORGAN, 0, 40);
    expect(pixelsOf(drawn(1, {}, little), LESION)).toEqual([]);
    const { hu, labels } = halfOrgan();
    const picture = drawn(1, {}, { hu: Float32Array.from([...hu, ...hu]), labels });
    expect(pixelsOf(picture, LESION)).toEqual([]);
  });
});
