import { afterAll, describe, expect, it } from 'vitest';
import { cropAround } from '../../../core/crop-box.ts';
import { createRandom } from '../../../core/random.ts';
import { normalizeFeatureWise } from '../../../preprocess/feature-wise.ts';
import { type Batch, groupSlices, groupSlicesByCase, plainBatch, sampleBatch } from '../../../train/data/sample-batch.ts';
import { SIZE, smallPhase, smallStage, smallStatistics, smallStore } from '../small-stage.ts';

const { store, remove } = smallStore(4);
afterAll(remove);

const STATISTICS = smallStatistics();
const ORGAN = smallStage();
const BOTH = smallStage({ classes: [0, 1, 2], outputLabels: [0, 1, 2] });
const CROP = smallStage({
  gridPixels: [16, 16],
  region: { kind: 'crop-around-foreground', ofStage: 'organ', sizePixels: [16, 16], onGridPixels: [SIZE, SIZE] },
});
/** 32 of the slice's pixels on a grid of 16. */
const WIDE_CROP = smallStage({
  classes: [0, 1, 2],
  outputLabels: [0, 1, 2],
  gridPixels: [16, 16],
  region: { kind: 'crop-around-foreground', ofStage: 'organ', sizePixels: [16, 16], onGridPixels: [SIZE / 2, SIZE / 2] },
});
const CROP_STATISTICS = { ...STATISTICS, sizePixels: [16, 16] as const };

describe('grouping slices', () => {
  it('is by the highest label of the truth, whatever class the stage makes of it', () => {
    for (const stage of [ORGAN, BOTH]) {
      expect(groupSlices(store.facts, stage)).toEqual([
        [0, 3, 6, 9],
        [1, 4, 7, 10],
        [2, 5, 8, 11],
      ]);
    }
  });
});

describe('a plain batch', () => {
  it('of whole slices is normalised bit by bit as inference does it', () => {
    const { input, shape } = plainBatch(store, [2, 4], ORGAN, STATISTICS);
    expect(shape).toEqual([2, SIZE, SIZE]);
    expect(input.slice(0, SIZE * SIZE)).toEqual(normalizeFeatureWise(store.read(2).hu, STATISTICS));
    expect(input.slice(SIZE * SIZE)).toEqual(normalizeFeatureWise(store.read(4).hu, STATISTICS));
  });

  it('holds the stage’s classes, not the truth’s labels', () => {
    const { labels } = store.read(2);
    expect([...new Set(labels)].sort()).toEqual([0, 1, 2]);
    expect([...plainBatch(store, [2], BOTH, STATISTICS).classes]).toEqual([...labels]);
    expect([...plainBatch(store, [2], ORGAN, STATISTICS).classes]).toEqual([...labels].map((label) => Math.min(1, label)));
  });

  it('of a crop stage shows what inference crops round the same centroid, with air outside the slice', () => {
    for (const index of [1, 4, 7, 10]) {
      const { hu, labels } = store.read(index);
      const { start } = cropAround(store.facts[index]?.centroid as readonly [number, number], [16, 16]);
      const cropped = new Int16Array(256).fill(-1024);
      const classes = new Array<number>(256).fill(0);
      for (let p = 0; p < 256; p++) {
        const [i, j] = [start[0] + (p % 16), start[1] + Math.floor(p / 16)];
        if (i < 0 || j < 0 || i >= SIZE || j >= SIZE) continue;
        cropped[p] = hu[j * SIZE + i] as number;
        classes[p] = labels[j * SIZE + i] as number;
      }
      const batch = plainBatch(store, [index], CROP, CROP_STATISTICS);
      expect(batch.input).toEqual(normalizeFeatureWise(cropped, CROP_STATISTICS));
      expect([...batch.classes]).toEqual(classes);
    }
  });

  it('of a crop larger than the grid shows all of it: two pixels of the slice by two are one', () => {
    for (const index of [1, 4, 7, 10]) {
      const { hu, labels } = store.read(index);
      const { start } = cropAround(store.facts[index]?.centroid as readonly [number, number], [32, 32]);
      const batch = plainBatch(store, [index], WIDE_CROP, CROP_STATISTICS);
      for (let p = 0; p < 256; p++) {
        const [i, j] = [start[0] + 2 * (p % 16), start[1] + 2 * Math.floor(p / 16)];
        if (i < 0 || j < 0 || i + 1 >= SIZE || j + 1 >= SIZE) continue;
        const four = [j * SIZE + i, j * SIZE + i + 1, (j + 1) * SIZE + i, (j + 1) * SIZE + i + 1];
        const mean = new Int16Array(256).fill(Math.round(four.reduce((sum, q) => sum + (hu[q] as number), 0) / 4));
        expect(batch.input[p]).toBeCloseTo(normalizeFeatureWise(mean, CROP_STATISTICS)[p] as number, 1);
        expect(four.map((q) => labels[q])).toContain(batch.classes[p]);
      }
    }
  });
});

describe('a random batch', () => {
  it('of a crop larger than the grid, without augmentation, is the plain crop', () => {
    for (const index of [1, 4]) {
      const groups = [[], [[index]], []];
      const phase = smallPhase({ windowPixels: [16, 16], batchSize: 1 });
      const { classes } = sampleBatch(createRandom(1), store, groups, WIDE_CROP, phase, CROP_STATISTICS);
      const plain = plainBatch(store, [index], WIDE_CROP, CROP_STATISTICS).classes;
      // The plain crop begins on a whole pixel, a random one where the centroid is: an edge may move by a pixel.
      const different = classes.filter((value, p) => value !== plain[p]).length;
      expect(plain.some((value) => value > 0)).toBe(true);
      expect(different).toBeLessThan(plain.filter((value) => value > 0).length / 2);
    }
  });

  const draw = (seed: number, windowPixels: readonly [number, number] = [SIZE, SIZE], stage = ORGAN): Batch =>
    sampleBatch(
      createRandom(seed),
      store,
      groupSlicesByCase(store.facts, stage),
      stage,
      smallPhase({ windowPixels, batchSize: 4 }),
      STATISTICS,
    );

  it('is the same from the same stream, and another from another', () => {
    expect(draw(1)).toEqual(draw(1));
    expect(draw(2).input).not.toEqual(draw(1).input);
  });

  it('without augmentation holds slices as they are', () => {
    const plain = store.facts.map((_, index) => plainBatch(store, [index], ORGAN, STATISTICS));
    const { input, classes } = draw(3);
    for (let n = 0; n < 4; n++) {
      const own = input.slice(n * SIZE * SIZE, (n + 1) * SIZE * SIZE);
      const match = plain.find((candidate) => candidate.input.every((value, p) => Math.abs(value - (own[p] as number)) < 1e-4));
      expect(match).toBeDefined();
      expect(classes.slice(n * SIZE * SIZE, (n + 1) * SIZE * SIZE)).toEqual(match?.classes);
    }
  });

  it('of windows normalises each with the statistics of its own place', () => {
    // On slices that are their own mean, whatever place a window has, it must be 0.
    const own = { ...STATISTICS, mean: Float32Array.from(store.read(1).hu) };
    const groups = [[], [[1]], []];
    for (let seed = 0; seed < 10; seed++) {
      const phase = smallPhase({ windowPixels: [16, 8], batchSize: 3 });
      const { input, shape } = sampleBatch(createRandom(seed), store, groups, ORGAN, phase, own);
      expect(shape).toEqual([3, 8, 16]);
      expect(Math.max(...input.map(Math.abs))).toBeLessThan(1e-4);
    }
  });

  it('draws as many slices of each group as the shares say, and none of an empty one', () => {
    const groups = [[], [[1, 4]], [[2, 5]]];
    const phase = smallPhase({ windowPixels: [8, 8], batchSize: 400, sliceShares: [0, 0.25, 0.75] });
    const { classes } = sampleBatch(createRandom(1), store, groups, { ...BOTH, gridPixels: [SIZE, SIZE] }, phase, STATISTICS);
    expect(classes.length).toBe(400 * 64);
    const whole = smallPhase({ batchSize: 200, sliceShares: [0, 0.25, 0.75] });
    const batch = sampleBatch(createRandom(2), store, groups, BOTH, whole, STATISTICS);
    const withTumour = Array.from({ length: 200 }, (_, n) =>
      batch.classes.subarray(n * SIZE * SIZE, (n + 1) * SIZE * SIZE).includes(2),
    );
    expect(Math.abs(withTumour.filter(Boolean).length / 200 - 0.75)).toBeLessThan(0.12);
  });
});
