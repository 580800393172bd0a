import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { moveWindowInto, type WindowJitter } from '../../../train/augmentation/window.ts';

const STILL: WindowJitter = { kind: 'window', probability: 1, centreHu: 40, centreShiftHu: [0, 0], widthFactor: [1, 1] };

function moved(values: readonly number[], changes: Partial<WindowJitter>): number[] {
  const hu = Float32Array.from(values);
  moveWindowInto(hu, { ...STILL, ...changes }, createRandom(1));
  return [...hu];
}

/** Grey of a window of width 400 about 40 HU, black 0, white 1. */
const grey = (hu: number, centre = 40, width = 400): number => (hu - centre) / width + 0.5;

describe('window jitter', () => {
  it('lets the recipe’s window show what the moved window would show', () => {
    const values = [-160, 0, 40, 77, 240];
    const out = moved(values, { centreShiftHu: [30, 30], widthFactor: [1.25, 1.25] });
    out.forEach((hu, n) => {
      expect(grey(hu)).toBeCloseTo(grey(values[n] as number, 70, 500), 5);
    });
  });

  it('draws wider and narrower windows within their range', () => {
    const drawn = Array.from({ length: 100 }, (_, seed) => {
      const hu = Float32Array.of(40, 140);
      moveWindowInto(hu, { ...STILL, widthFactor: [0.8, 1.25] }, createRandom(seed));
      expect(hu[0]).toBeCloseTo(40, 4);
      return 100 / ((hu[1] as number) - 40);
    });
    expect(Math.min(...drawn)).toBeGreaterThan(0.799);
    expect(Math.min(...drawn)).toBeLessThan(0.85);
    expect(Math.max(...drawn)).toBeLessThan(1.251);
    expect(Math.max(...drawn)).toBeGreaterThan(1.18);
  });

  it('is nothing where neither centre nor width moves', () => {
    expect(moved([-1024, -3, 40, 3071], {})).toEqual([-1024, -3, 40, 3071]);
  });
});
