import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import type { Augmentation } from '../../../train/augmentation/augmentation.ts';
import { type SampleMap, sampleMap, windowMap } from '../../../train/augmentation/sample-map.ts';
import { augmented, COUNTING, disc, PIVOT, shapesOf } from './slices.ts';

const ALL: Augmentation = [
  { kind: 'rotation', probability: 1, degrees: 20 },
  { kind: 'zoom', probability: 1, factor: 1.2 },
  { kind: 'shear', probability: 1, pixelsPerRow: 0.2 },
  { kind: 'flip', probability: 0.5, axis: 'horizontal' },
  { kind: 'flip', probability: 0.5, axis: 'vertical' },
  { kind: 'shift', probability: 1, pixels: 4 },
];
const STILL: Augmentation = [
  { kind: 'rotation', probability: 1, degrees: 0 },
  { kind: 'zoom', probability: 1, factor: 1 },
  { kind: 'shear', probability: 1, pixelsPerRow: 0 },
  { kind: 'flip', probability: 0, axis: 'horizontal' },
  { kind: 'shift', probability: 1, pixels: 0 },
];

function at([a, b, c, d, e, f]: SampleMap, u: number, v: number): readonly [number, number] {
  return [a * u + b * v + c, d * u + e * v + f];
}

describe('the map of all moves together', () => {
  it('moves nothing where every range is 0', () => {
    expect([...augmented(COUNTING, 1, ...STILL).hu]).toEqual([...COUNTING.hu]);
  });

  it('is applied in the order of the list: a slice turned and then flipped is not one flipped and then turned', () => {
    // A quarter turn or less: the sign of the angle tells the two apart.
    const rotation = { kind: 'rotation', probability: 1, degrees: 90 } as const;
    const flip = { kind: 'flip', probability: 1, axis: 'horizontal' } as const;
    const turned = sampleMap(createRandom(3), [rotation], PIVOT);
    const turnedThenFlipped = sampleMap(createRandom(3), [rotation, flip], PIVOT);
    const flippedThenTurned = sampleMap(createRandom(3), [flip, rotation], PIVOT);
    const [x, y] = PIVOT.centre;
    // What the turned slice shows right of the middle, the flipped one shows left of it.
    const [shownX, shownY] = at(turned, x + 5, y + 2);
    const [flippedX, flippedY] = at(turnedThenFlipped, x - 5, y + 2);
    expect(flippedX).toBeCloseTo(shownX, 9);
    expect(flippedY).toBeCloseTo(shownY, 9);
    // A flip before the turn mirrors the slice itself.
    const [mirroredX, mirroredY] = at(flippedThenTurned, x + 5, y + 2);
    expect(mirroredX).toBeCloseTo(2 * x - shownX, 9);
    expect(mirroredY).toBeCloseTo(shownY, 9);
  });

  it('takes the anchor to the centre, with the stage’s scale, whatever is turned', () => {
    for (let seed = 0; seed < 10; seed++) {
      const map = sampleMap(createRandom(seed), ALL.slice(0, 5), { centre: [200, 100], anchor: [7.5, 3.5], scale: [2, 3] });
      expect(at(map, 7.5, 3.5)[0]).toBeCloseTo(200, 9);
      expect(at(map, 7.5, 3.5)[1]).toBeCloseTo(100, 9);
    }
    const [a, , , , e] = sampleMap(createRandom(1), [], { centre: [200, 100], anchor: [7.5, 3.5], scale: [2, 3] });
    expect([a, e]).toEqual([2, 3]);
  });

  it('keeps mask and image together within half a pixel', () => {
    for (let seed = 0; seed < 20; seed++) {
      // Air outside the slice is 24 HU below the air inside.
      const { image, mask } = shapesOf(augmented(disc(36, 22, 6), seed, ...ALL));
      expect(Math.hypot(image.x - mask.x, image.y - mask.y), `seed ${seed}`).toBeLessThan(0.5);
    }
  });

  it('is the same from the same stream and another from another', () => {
    expect(sampleMap(createRandom(1), ALL, PIVOT)).toEqual(sampleMap(createRandom(1), ALL, PIVOT));
    expect(sampleMap(createRandom(2), ALL, PIVOT)).not.toEqual(sampleMap(createRandom(1), ALL, PIVOT));
  });

  it('draws nothing for what changes values: the moves stay as they are where those are added', () => {
    const more: Augmentation = [...ALL, { kind: 'gaussian-noise', probability: 0.5, standardDeviationHu: [1, 2] }];
    expect(sampleMap(createRandom(1), more, PIVOT)).toEqual(sampleMap(createRandom(1), ALL, PIVOT));
  });

  it('is applied as often as its probability says', () => {
    const rarely: Augmentation = [{ kind: 'rotation', probability: 0.3, degrees: 20 }];
    const moved = Array.from({ length: 1000 }, (_, seed) => sampleMap(createRandom(seed), rarely, PIVOT)[1] !== 0);
    expect(Math.abs(moved.filter(Boolean).length / 1000 - 0.3)).toBeLessThan(0.05);
  });
});

describe('the map of a window', () => {
  it('shows what the grid shows from its left and top on', () => {
    const map = sampleMap(createRandom(1), ALL, PIVOT);
    const [x, y] = at(windowMap(map, 5, 9), 2, 3);
    expect(x).toBeCloseTo(at(map, 7, 12)[0], 9);
    expect(y).toBeCloseTo(at(map, 7, 12)[1], 9);
  });
});
