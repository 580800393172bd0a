import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import type { SlicePixels } from '../../../train/augmentation/sample.ts';
import { plainMap, type SampleMap, sampleMap } from '../../../train/augmentation/sample-map.ts';
import { takeSample } from '../../../train/augmentation/take-sample.ts';
import { COUNTING, PIVOT, SIZE, WIDTH } from './slices.ts';

describe('a sample taken without a change', () => {
  it('is the slice', () => {
    const { hu, labels } = takeSample(COUNTING, SIZE, { map: plainMap(0, 0) }, SIZE);
    expect([...hu]).toEqual([...COUNTING.hu]);
    expect(labels).toEqual(COUNTING.labels);
  });

  it('is the slice too where the augmentation is empty', () => {
    const map = sampleMap(createRandom(1), [], PIVOT);
    expect([...takeSample(COUNTING, SIZE, { map }, SIZE).hu]).toEqual([...COUNTING.hu]);
  });

  it('at another place is that window, with air and background where it leaves the slice', () => {
    const { hu, labels } = takeSample(COUNTING, SIZE, { map: plainMap(-2, 3) }, [4, 2]);
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
    const slice: SlicePixels = { hu: Int16Array.of(0, 100, 200, 300), labels: Uint8Array.of(0, 1, 2, 3) };
    const map: SampleMap = [1, 0, 0.25, 0, 1, 0.75];
    const { hu, labels } = takeSample(slice, [2, 2], { map }, [1, 1]);
    expect(hu[0]).toBeCloseTo(175, 6);
    expect(labels[0]).toBe(2);
  });

  it('with a displacement is looked up where the displaced pixel is mapped to', () => {
    const across = Float32Array.of(1, 0, -1, 0);
    const down = Float32Array.of(0, 2, 0, -1);
    // Two pixels of the slice a pixel of the sample, from [10, 20] on.
    const { hu } = takeSample(COUNTING, SIZE, { map: [2, 0, 10, 0, 2, 20], displacement: { across, down } }, [2, 2]);
    const at = (x: number, y: number): number => COUNTING.hu[y * WIDTH + x] as number;
    expect([...hu]).toEqual([at(12, 20), at(12, 24), at(8, 22), at(12, 20)]);
  });
});
