import { expect, it } from 'vitest';
import { transformWords } from '../../../cli/augmentation/transform-words.ts';

it('a transform is put into words with its ranges, units and how often it happens', () => {
  expect(transformWords({ kind: 'rotation', probability: 1, degrees: 10 })).toEqual({
    title: 'rotation',
    words: 'up to 10° to either side',
  });
  expect(transformWords({ kind: 'flip', probability: 0.05, axis: 'vertical' }).words).toBe('vertical, in 5 % of samples');
  expect(transformWords({ kind: 'zoom', probability: 1, factor: 1.15 }).words).toBe('1 / 1.15 … 1.15 times the size');
  const noise = { kind: 'perlin-noise', standardDeviationHu: [5, 20], wavelengthPixels: [16, 16], octaves: 3 } as const;
  expect(transformWords({ ...noise, probability: 0.5 })).toEqual({
    title: 'perlin noise',
    words: 'standard deviation 5 … 20 HU, wavelength 16 px, octaves 3, in 50 % of samples',
  });
  expect(transformWords({ kind: 'intensity', probability: 1, factor: [0.9, 1.1], offsetHu: [-20, 20] }).words).toBe(
    'factor 0.9 … 1.1, offset −20 … 20 HU',
  );
});
