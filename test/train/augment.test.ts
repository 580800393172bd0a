import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/random.ts';
import { plainMap, type SampleMap, sampleMap, takeSample } from '../../train/augment.ts';
import type { TrainingSlice } from '../../train/data/slice-store.ts';
import type { AugmentationRanges } from '../../train/recipe.ts';
import { NO_AUGMENTATION } from './small-stage.ts';

const WIDTH = 64;
const HEIGHT = 48;
const SIZE = [WIDTH, HEIGHT] as const;
const MIDDLE = [(WIDTH - 1) / 2, (HEIGHT - 1) / 2] as const;

/** Every pixel differs from its neighbours, in HU and in label. */
const COUNTING: TrainingSlice = {
  hu: Int16Array.from({ length: WIDTH * HEIGHT }, (_, p) => ((p * 37) % 1999) - 1000),
  labels: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, p) => (p * 7) % 3),
};

/** A disc of 100 HU and label 1 in air. */
function disc(x: number, y: number, radius: number): TrainingSlice {
  const isInside = (p: number): boolean => Math.hypot((p % WIDTH) - x, Math.floor(p / WIDTH) - y) <= radius;
  return {
    hu: Int16Array.from({ length: WIDTH * HEIGHT }, (_, p) => (isInside(p) ? 100 : -1000)),
    labels: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, p) => Number(isInside(p))),
  };
}

/** Where what is inside lies, and how far it spreads along its longest and shortest direction. */
function shapeOf(inside: (p: number) => number): { x: number; y: number; area: number; long: number; short: number } {
  let [area, x, y, xx, yy, xy] = [0, 0, 0, 0, 0, 0];
  for (let p = 0; p < WIDTH * HEIGHT; p++) {
    const weight = inside(p);
    const [u, v] = [p % WIDTH, Math.floor(p / WIDTH)];
    area += weight;
    x += weight * u;
    y += weight * v;
    xx += weight * u * u;
    yy += weight * v * v;
    xy += weight * u * v;
  }
  const [mx, my] = [x / area, y / area];
  const [a, b, c] = [xx / area - mx * mx, xy / area - mx * my, yy / area - my * my];
  const root = Math.sqrt(((a - c) / 2) ** 2 + b * b);
  return { x: mx, y: my, area, long: Math.sqrt((a + c) / 2 + root), short: Math.sqrt((a + c) / 2 - root) };
}

function shapesOf({ hu, labels }: ReturnType<typeof takeSample>): {
  image: ReturnType<typeof shapeOf>;
  mask: ReturnType<typeof shapeOf>;
} {
  return {
    image: shapeOf((p) => Math.max(0, (hu[p] as number) + 1000) / 1100),
    mask: shapeOf((p) => labels[p] as number),
  };
}

describe('a sample taken without a change', () => {
  it('is the slice', () => {
    const { hu, labels } = takeSample(COUNTING, SIZE, plainMap(0, 0), SIZE);
    expect([...hu]).toEqual([...COUNTING.hu]);
    expect(labels).toEqual(COUNTING.labels);
  });

  it('is the slice too where all ranges of the augmentation are 0', () => {
    const map = sampleMap(createRandom(1), NO_AUGMENTATION, MIDDLE, MIDDLE);
    expect([...takeSample(COUNTING, SIZE, map, SIZE).hu]).toEqual([...COUNTING.hu]);
  });

  it('at another place is that window, with air and background where it leaves the slice', () => {
    const { hu, labels } = takeSample(COUNTING, SIZE, plainMap(-2, 3), [4, 2]);
    const row = (v: number): readonly number[] => [
      -1024,
      -1024,
      COUNTING.hu[v * WIDTH] as number,
      COUNTING.hu[v * WIDTH + 1] as number,
    ];
    expect([...hu]).toEqual([...row(3), ...row(4)]);
    expect([...labels]).toEqual([3, 4].flatMap((v) => [0, 0, COUNTING.labels[v * WIDTH], COUNTING.labels[v * WIDTH + 1]]));
  });

  it('between pixels is the mean of the pixels for the image, the nearest for the mask', () => {
    const slice: TrainingSlice = { hu: Int16Array.of(0, 100, 200, 300), labels: Uint8Array.of(0, 1, 2, 3) };
    const map: SampleMap = [1, 0, 0.25, 0, 1, 0.75];
    const { hu, labels } = takeSample(slice, [2, 2], map, [1, 1]);
    expect(hu[0]).toBeCloseTo(175, 6);
    expect(labels[0]).toBe(2);
  });
});

describe('a flip', () => {
  it('mirrors the slice about its own middle: no column is lost, none is added', () => {
    const map = sampleMap(createRandom(1), { ...NO_AUGMENTATION, horizontalFlip: 1 }, MIDDLE, MIDDLE);
    const { hu, labels } = takeSample(COUNTING, SIZE, map, SIZE);
    for (let p = 0; p < hu.length; p++) {
      const mirrored = p - 2 * (p % WIDTH) + WIDTH - 1;
      expect(hu[p]).toBe(COUNTING.hu[mirrored]);
      expect(labels[p]).toBe(COUNTING.labels[mirrored]);
    }
  });

  it('turns the slice upside down where it is vertical', () => {
    const map = sampleMap(createRandom(1), { ...NO_AUGMENTATION, verticalFlip: 1 }, MIDDLE, MIDDLE);
    const { hu } = takeSample(COUNTING, SIZE, map, SIZE);
    expect([...hu.subarray(0, WIDTH)]).toEqual([...COUNTING.hu.subarray((HEIGHT - 1) * WIDTH)]);
  });
});

describe('a rotation', () => {
  it('moves image and mask alike, and leaves a disc a disc', () => {
    const slice = disc(44, 20, 8);
    const before = shapesOf(takeSample(slice, SIZE, plainMap(0, 0), SIZE));
    for (const seed of [1, 2, 3, 4, 5]) {
      const map = sampleMap(createRandom(seed), { ...NO_AUGMENTATION, rotationDegrees: 60 }, MIDDLE, MIDDLE);
      const { image, mask } = shapesOf(takeSample(slice, SIZE, map, SIZE));
      expect(Math.hypot(image.x - mask.x, image.y - mask.y)).toBeLessThan(0.25);
      expect(mask.long / mask.short).toBeLessThan(1.06);
      expect(Math.abs(mask.area / before.mask.area - 1)).toBeLessThan(0.06);
      // It stays as far from the fixed point as it was.
      const radius = ({ x, y }: { x: number; y: number }): number => Math.hypot(x - MIDDLE[0], y - MIDDLE[1]);
      expect(Math.abs(radius(mask) - radius(before.mask))).toBeLessThan(0.5);
    }
  });

  it('stays within its range, to both sides', () => {
    const angles = Array.from({ length: 200 }, (_, seed) => {
      const [a, , , d] = sampleMap(createRandom(seed), { ...NO_AUGMENTATION, rotationDegrees: 10 }, MIDDLE, MIDDLE);
      return (Math.atan2(d, a) * 180) / Math.PI;
    });
    expect(Math.max(...angles)).toBeGreaterThan(8);
    expect(Math.max(...angles)).toBeLessThanOrEqual(10);
    expect(Math.min(...angles)).toBeLessThan(-8);
    expect(Math.min(...angles)).toBeGreaterThanOrEqual(-10);
  });
});

describe('the other changes', () => {
  it('zoom: an object grows or shrinks by at most the factor, about the fixed point', () => {
    const slice = disc(MIDDLE[0], MIDDLE[1], 9);
    const before = shapesOf(takeSample(slice, SIZE, plainMap(0, 0), SIZE)).mask;
    const factors = Array.from({ length: 40 }, (_, seed) => {
      const map = sampleMap(createRandom(seed), { ...NO_AUGMENTATION, zoom: 0.5 }, MIDDLE, MIDDLE);
      const { mask } = shapesOf(takeSample(slice, SIZE, map, SIZE));
      expect(Math.hypot(mask.x - MIDDLE[0], mask.y - MIDDLE[1])).toBeLessThan(0.5);
      return mask.long / before.long;
    });
    expect(Math.max(...factors)).toBeGreaterThan(1.3);
    expect(Math.max(...factors)).toBeLessThan(1.55);
    expect(Math.min(...factors)).toBeLessThan(0.77);
    expect(Math.min(...factors)).toBeGreaterThan(0.63);
  });

  it('all together: mask and image centroid agree within half a pixel', () => {
    const ranges: AugmentationRanges = {
      rotationDegrees: 20,
      shear: 0.2,
      zoom: 0.2,
      shiftPixels: 4,
      horizontalFlip: 0.5,
      verticalFlip: 0.5,
    };
    for (let seed = 0; seed < 20; seed++) {
      const map = sampleMap(createRandom(seed), ranges, MIDDLE, MIDDLE);
      // Air outside the slice is 24 HU below the air inside.
      const { image, mask } = shapesOf(takeSample(disc(36, 22, 6), SIZE, map, SIZE));
      expect(Math.hypot(image.x - mask.x, image.y - mask.y), `seed ${seed}`).toBeLessThan(0.5);
    }
  });
});
