import { afterAll, describe, expect, it } from 'vitest';
import { cropAround } from '../../../core/crop-box.ts';
import { createRandom } from '../../../core/random.ts';
import { normalizeFeatureWise } from '../../../preprocess/feature-wise.ts';
import { batchDrawer } from '../../../train/data/batch-source.ts';
import {
  augmentedBatch,
  type Batch,
  drawSlices,
  groupSlices,
  groupSlicesByCase,
  plainBatch,
  type SliceSource,
} from '../../../train/data/sample-batch.ts';
import { SIZE, smallIntensity, smallPhase, smallStage, smallStatistics, smallStore } from '../small-stage.ts';

const { store, remove } = smallStore(4);
afterAll(remove);

const STATISTICS = smallStatistics();
const INTENSITY = smallIntensity();
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
const CROP_INTENSITY = { scheme: 'feature-wise', statistics: CROP_STATISTICS } as const;

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
    const { input, shape } = plainBatch(store, [2, 4], ORGAN, INTENSITY);
    expect(shape).toEqual([2, SIZE, SIZE]);
    expect(input.slice(0, SIZE * SIZE)).toEqual(normalizeFeatureWise(store.read(2).hu, STATISTICS));
    expect(input.slice(SIZE * SIZE)).toEqual(normalizeFeatureWise(store.read(4).hu, STATISTICS));
  });

  it('holds the stage’s classes, not the truth’s labels', () => {
    const { labels } = store.read(2);
    expect([...new Set(labels)].sort()).toEqual([0, 1, 2]);
    expect([...plainBatch(store, [2], BOTH, INTENSITY).classes]).toEqual([...labels]);
    expect([...plainBatch(store, [2], ORGAN, INTENSITY).classes]).toEqual([...labels].map((label) => Math.min(1, label)));
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
      const batch = plainBatch(store, [index], CROP, CROP_INTENSITY);
      expect(batch.input).toEqual(normalizeFeatureWise(cropped, CROP_STATISTICS));
      expect([...batch.classes]).toEqual(classes);
    }
  });

  it('of a crop larger than the grid shows all of it: two pixels of the slice by two are one', () => {
    for (const index of [1, 4, 7, 10]) {
      const { hu, labels } = store.read(index);
      const { start } = cropAround(store.facts[index]?.centroid as readonly [number, number], [32, 32]);
      const batch = plainBatch(store, [index], WIDE_CROP, CROP_INTENSITY);
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
      const phase = smallPhase({ windowPixels: [16, 16], batchSize: 1 });
      const how = { stage: WIDE_CROP, phase, intensity: CROP_INTENSITY };
      const { classes } = augmentedBatch(createRandom(1), store, [index], how);
      const plain = plainBatch(store, [index], WIDE_CROP, CROP_INTENSITY).classes;
      // The plain crop begins on a whole pixel, a random one where the centroid is: an edge may move by a pixel.
      const different = classes.filter((value, p) => value !== plain[p]).length;
      expect(plain.some((value) => value > 0)).toBe(true);
      expect(different).toBeLessThan(plain.filter((value) => value > 0).length / 2);
    }
  });

  const draw = (seed: number): Batch => {
    const random = createRandom(seed);
    const phase = smallPhase({ batchSize: 4 });
    const indices = drawSlices(random, groupSlicesByCase(store.facts, ORGAN), phase);
    return augmentedBatch(random, store, indices, { stage: ORGAN, phase, intensity: INTENSITY });
  };

  it('is the same from the same stream, and another from another', () => {
    expect(draw(1)).toEqual(draw(1));
    expect(draw(2).input).not.toEqual(draw(1).input);
  });

  it('without augmentation holds slices as they are', () => {
    const plain = store.facts.map((_, index) => plainBatch(store, [index], ORGAN, INTENSITY));
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
    const statistics = { ...STATISTICS, mean: Float32Array.from(store.read(1).hu) };
    const intensity = { scheme: 'feature-wise', statistics } as const;
    for (let seed = 0; seed < 10; seed++) {
      const phase = smallPhase({ windowPixels: [16, 8], batchSize: 3 });
      const { input, shape } = augmentedBatch(createRandom(seed), store, [1, 1, 1], { stage: ORGAN, phase, intensity });
      expect(shape).toEqual([3, 8, 16]);
      expect(Math.max(...input.map(Math.abs))).toBeLessThan(1e-4);
    }
  });

  it('draws as many slices of each group as the shares say, and none of an empty one', () => {
    const groups = [[], [[1, 4]], [[2, 5]]];
    const drawn = drawSlices(createRandom(1), groups, smallPhase({ batchSize: 2000, sliceShares: [0.5, 0.125, 0.375] }));
    expect(drawn).toHaveLength(2000);
    expect(new Set(drawn)).toEqual(new Set([1, 4, 2, 5]));
    const withTumour = drawn.filter((index) => index === 2 || index === 5).length;
    expect(Math.abs(withTumour / 2000 - 0.75)).toBeLessThan(0.04);
  });

  it('sees a case of one slice as often as a case of many', () => {
    const drawn = drawSlices(createRandom(1), [[[0], [1, 2, 3, 4, 5, 6, 7]]], smallPhase({ batchSize: 2000, sliceShares: [1] }));
    expect(Math.abs(drawn.filter((index) => index === 0).length / 2000 - 0.5)).toBeLessThan(0.04);
  });
});

describe('what else a store may hold', () => {
  it('slices of another size than the grid: all of a slice is shown', () => {
    const half = smallStage({ gridPixels: [SIZE / 2, SIZE / 2], intensity: { scheme: 'min-max' } });
    const { classes, shape, channels } = plainBatch(store, [2], half, { scheme: 'min-max' });
    expect([shape, channels]).toEqual([[1, SIZE / 2, SIZE / 2], 1]);
    const { labels } = store.read(2);
    const [whole, quarter] = [labels.filter((label) => label > 0).length, classes.filter((value) => value > 0).length];
    expect(Math.abs(quarter - whole / 4)).toBeLessThanOrEqual(12);
    const phase = smallPhase({ windowPixels: [SIZE / 2, SIZE / 2], batchSize: 1 });
    const drawn = augmentedBatch(createRandom(1), store, [2], { stage: half, phase, intensity: { scheme: 'min-max' } });
    expect(
      drawn.input.every(
        (value, p) => Math.abs(value - (plainBatch(store, [2], half, { scheme: 'min-max' }).input[p] as number)) < 1e-5,
      ),
    ).toBe(true);
  });

  it('pictures of three channels: moved alike, taken as they are, and 0 where a sample leaves them', () => {
    const size = [4, 3] as const;
    const hu = Float32Array.from({ length: 36 }, (_, n) => n + 1);
    const labels = Uint8Array.from({ length: 12 }, (_, p) => p % 2);
    const picture = { sizePixels: size, facts: [{ case: 'a', labelPixels: [6, 6] }], read: () => ({ hu, labels }) };
    const stage = smallStage({
      classes: [0, 1],
      gridPixels: size,
      augmentation: [{ kind: 'flip', probability: 1, axis: 'horizontal' }],
    });
    const intensity = { scheme: 'as-stored', channels: 3 } as const;
    const plain = plainBatch(picture, [0], stage, intensity);
    expect([...plain.input.slice(0, 6)]).toEqual([1, 13, 25, 2, 14, 26]);
    const how = { stage, phase: smallPhase({ windowPixels: size, batchSize: 1 }), intensity };
    const flipped = augmentedBatch(createRandom(1), picture, [0], how);
    expect([...flipped.input.slice(0, 6)]).toEqual([4, 16, 28, 3, 15, 27]);
    expect([...flipped.classes.slice(0, 4)]).toEqual([1, 0, 1, 0]);
    const shifted = { ...how, stage: { ...stage, augmentation: [{ kind: 'shift', probability: 1, pixels: 40 }] as const } };
    const gone = augmentedBatch(createRandom(3), picture, [0], shifted);
    expect(gone.input.filter((value) => value === 0).length).toBeGreaterThan(0);
    expect(gone.input.every((value) => value >= 0)).toBe(true);
  });
});

describe('epochs', () => {
  it('show each slice once, in another order each time, and end with what is left', () => {
    const stage = smallStage({
      phases: [
        { kind: 'epochs', epochs: 2, batchSize: 5, loss: { kind: 'cross-entropy' }, learningRate: { kind: 'constant', rate: 1 } },
      ],
    });
    const seen: number[] = [];
    const spy = { ...sourceOf(store), read: (index: number) => (seen.push(index), store.read(index)) };
    const draw = batchDrawer({ stage, intensity: INTENSITY, random: createRandom(1, 'batches').origin }, spy);
    const sizes = [0, 1, 2, 3, 4, 5].map((step) => draw(step).shape[0]);
    expect(sizes).toEqual([5, 5, 2, 5, 5, 2]);
    const [first, second] = [seen.slice(0, 12), seen.slice(12)];
    for (const epoch of [first, second]) expect([...epoch].sort((a, b) => a - b)).toEqual(store.facts.map((_, index) => index));
    expect(first).not.toEqual(second);
    // Whoever draws a batch draws the same, whatever was drawn before.
    seen.length = 0;
    batchDrawer({ stage, intensity: INTENSITY, random: createRandom(1, 'batches').origin }, spy)(4);
    expect(seen).toEqual(second.slice(5, 10));
  });
});

function sourceOf({ sizePixels, facts }: SliceSource): Omit<SliceSource, 'read'> {
  return { sizePixels, facts };
}
