import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { bendIntensityInto } from '../../../train/augmentation/gamma.ts';

function bent(values: readonly number[], exponent: readonly [number, number], seed = 1): number[] {
  const hu = Float32Array.from(values);
  bendIntensityInto(hu, { kind: 'gamma', probability: 1, exponent, betweenHu: [-100, 300] }, createRandom(seed));
  return [...hu];
}

describe('gamma', () => {
  it('bends what lies within its range by the power of its formula', () => {
    // A half of the range, to the power of 2, is a quarter.
    expect(bent([100], [2, 2])[0]).toBeCloseTo(0, 3);
    expect(bent([0], [0.5, 0.5])[0]).toBeCloseTo(100, 3);
  });

  it('leaves the ends and all beyond them', () => {
    expect(bent([-1000, -100, 300, 1500], [2, 2])).toEqual([-1000, -100, 300, 1500]);
  });

  it('keeps the order of values', () => {
    const ramp = Array.from({ length: 500 }, (_, n) => n - 150);
    for (let seed = 0; seed < 20; seed++) {
      const out = bent(ramp, [0.5, 2], seed);
      for (let n = 1; n < out.length; n++) expect(out[n]).toBeGreaterThan(out[n - 1] as number);
    }
  });

  it('is nothing at an exponent of 1', () => {
    const ramp = Array.from({ length: 50 }, (_, n) => 10 * n - 150);
    bent(ramp, [1, 1]).forEach((value, n) => {
      expect(value).toBeCloseTo(ramp[n] as number, 4);
    });
  });
});
