import { afterAll, describe, expect, it } from 'vitest';
import { fitIntensity } from '../../train/fit-intensity.ts';
import { SIZE, smallStage, smallStore } from './small-stage.ts';

const { store, remove } = smallStore(3);
afterAll(remove);

const STAGE = smallStage();
const CROP = smallStage({
  region: { kind: 'crop-around-foreground', ofStage: 'organ', sizePixels: [SIZE, SIZE], onGridPixels: [SIZE, SIZE] },
});
const slices = store.facts.map((_, index) => [...store.read(index).hu]);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]): number => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));

describe('intensities fitted on the training slices', () => {
  it('feature-wise are the mean and the deviation of each place, not below the floor', () => {
    const recipe = { scheme: 'feature-wise', clampHu: [-1024, 3071], standardDeviationFloorHu: 30 } as const;
    const fitted = fitIntensity(recipe, store, STAGE);
    if (fitted.scheme !== 'feature-wise') throw new Error('another scheme');
    for (const p of [0, 5 * SIZE + 7, (SIZE / 2) * SIZE + SIZE / 2]) {
      const here = slices.map((slice) => slice[p] as number);
      expect(fitted.statistics.mean[p]).toBeCloseTo(mean(here), 3);
      expect(fitted.statistics.standardDeviation[p]).toBeCloseTo(Math.max(30, deviation(here)), 3);
    }
  });

  it('standardised are the mean and the deviation of all clamped pixels', () => {
    const clamped = slices.flat().map((value) => Math.min(60, Math.max(-50, value)));
    const fitted = fitIntensity({ scheme: 'standardise', clampHu: [-50, 60] }, store, STAGE);
    if (fitted.scheme !== 'standardise') throw new Error('another scheme');
    expect(fitted.meanHu).toBeCloseTo(mean(clamped), 6);
    expect(fitted.standardDeviationHu).toBeCloseTo(deviation(clamped), 6);
  });

  it('of a crop stage leave out slices that have nothing to crop round', () => {
    const fitted = fitIntensity({ scheme: 'standardise', clampHu: [-1024, 3071] }, store, CROP);
    const whole = fitIntensity({ scheme: 'standardise', clampHu: [-1024, 3071] }, store, STAGE);
    if (fitted.scheme !== 'standardise' || whole.scheme !== 'standardise') throw new Error('another scheme');
    expect(store.facts.some(({ centroid }) => centroid === undefined)).toBe(true);
    expect(fitted.meanHu).not.toBeCloseTo(whole.meanHu, 1);
  });

  it('that depend on no data are the recipe', () => {
    expect(fitIntensity({ scheme: 'min-max' }, store, STAGE)).toEqual({ scheme: 'min-max' });
  });
});
