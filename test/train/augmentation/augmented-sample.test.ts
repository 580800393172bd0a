import { describe, expect, it } from 'vitest';
import type { Transform } from '../../../train/augmentation/augmentation.ts';
import { EVERY_TRANSFORM } from './every-transform.ts';
import { augmented, COUNTING, deviationOf, disc } from './slices.ts';

const MOVES: readonly string[] = ['rotation', 'zoom', 'shear', 'flip', 'shift', 'elastic'];
const CHANGES = EVERY_TRANSFORM.filter(({ kind }) => !MOVES.includes(kind) && kind !== 'drawn-lesions');

/** A sample without noise, whose tissue can be told from air. */
const DISC = disc(32, 24, 12);

describe('an augmented sample', () => {
  it('is the same from the same seed and another from another, under each transform and under all', () => {
    for (const list of [...EVERY_TRANSFORM.map((transform) => [{ ...transform, probability: 1 } as Transform]), EVERY_TRANSFORM]) {
      const [first, again] = [augmented(COUNTING, 1, ...list), augmented(COUNTING, 1, ...list)];
      expect(again).toEqual(first);
      // A flip that is certain has nothing to draw.
      if (list[0]?.kind !== 'flip') expect(augmented(COUNTING, 2, ...list).hu).not.toEqual(first.hu);
    }
  });

  it('never has a label that its slice has not, nor a value that is no number', () => {
    const labels = Uint8Array.from(COUNTING.labels, (label) => label * 3);
    for (let seed = 0; seed < 20; seed++) {
      const sample = augmented({ ...COUNTING, labels }, seed, ...EVERY_TRANSFORM);
      for (const label of new Set(sample.labels)) expect([0, 3, 6]).toContain(label);
      expect(sample.hu.every(Number.isFinite)).toBe(true);
    }
  });

  it('keeps its mask where only values change', () => {
    for (let seed = 0; seed < 5; seed++) expect(augmented(COUNTING, seed, ...CHANGES).labels).toEqual(COUNTING.labels);
  });

  it('has its mask on what is bright, under everything but noise and lesions', () => {
    const calm = EVERY_TRANSFORM.filter(({ kind }) => !kind.endsWith('noise') && kind !== 'drawn-lesions');
    for (let seed = 0; seed < 10; seed++) {
      const { hu, labels } = augmented(DISC, seed, ...calm);
      const wrong = labels.filter((label, p) => (label === 1) !== (hu[p] as number) > -450).length;
      expect(wrong / labels.filter(Boolean).length).toBeLessThan(0.12);
    }
  });

  it('changes values in the order of the list: noise that is blurred is calmer than noise on a blurred slice', () => {
    const noise = { kind: 'gaussian-noise', probability: 1, standardDeviationHu: [50, 50] } as const;
    const blur = { kind: 'gaussian-blur', probability: 1, sigmaPixels: [2, 2] } as const;
    const flat = { hu: new Int16Array(COUNTING.hu.length), labels: COUNTING.labels };
    expect(deviationOf(augmented(flat, 1, noise, blur).hu)).toBeLessThan(15);
    expect(deviationOf(augmented(flat, 1, blur, noise).hu)).toBeGreaterThan(45);
  });

  it('is drawn for each transform apart: a wider range of one does not change another', () => {
    const noise = { kind: 'gaussian-noise', probability: 1, standardDeviationHu: [10, 10] } as const;
    const strong = { kind: 'intensity', probability: 1, factor: [1, 1], offsetHu: [-100, 100] } as const;
    const weak = { ...strong, offsetHu: [0, 0] } as const;
    const flat = { hu: new Int16Array(COUNTING.hu.length), labels: COUNTING.labels };
    const [one, other] = [augmented(flat, 1, strong, noise).hu, augmented(flat, 1, weak, noise).hu];
    const offset = (one[0] as number) - (other[0] as number);
    expect(Math.abs(offset)).toBeGreaterThan(0.1);
    for (let p = 0; p < one.length; p++) expect((one[p] as number) - (other[p] as number)).toBeCloseTo(offset, 3);
  });

  it('is changed as often as the probability says', () => {
    const rarely = { kind: 'intensity', probability: 0.25, factor: [1, 1], offsetHu: [5, 5] } as const;
    const changed = Array.from({ length: 400 }, (_, seed) => augmented(DISC, seed, rarely).hu[0] !== DISC.hu[0]);
    expect(Math.abs(changed.filter(Boolean).length / 400 - 0.25)).toBeLessThan(0.07);
  });
});
