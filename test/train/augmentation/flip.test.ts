import { describe, expect, it } from 'vitest';
import { augmented, COUNTING, HEIGHT, WIDTH } from './slices.ts';

describe('a flip', () => {
  it('mirrors the slice about its own middle: no column is lost, none is added', () => {
    const { hu, labels } = augmented(COUNTING, 1, { kind: 'flip', probability: 1, axis: 'horizontal' });
    for (let p = 0; p < hu.length; p++) {
      const mirrored = p - 2 * (p % WIDTH) + WIDTH - 1;
      expect(hu[p]).toBe(COUNTING.hu[mirrored]);
      expect(labels[p]).toBe(COUNTING.labels[mirrored]);
    }
  });

  it('turns the slice upside down where it is vertical', () => {
    const { hu, labels } = augmented(COUNTING, 1, { kind: 'flip', probability: 1, axis: 'vertical' });
    expect([...hu.subarray(0, WIDTH)]).toEqual([...COUNTING.hu.subarray((HEIGHT - 1) * WIDTH)]);
    expect([...labels.subarray(0, WIDTH)]).toEqual([...COUNTING.labels.subarray((HEIGHT - 1) * WIDTH)]);
  });

  it('twice is none', () => {
    const flip = { kind: 'flip', probability: 1, axis: 'vertical' } as const;
    expect([...augmented(COUNTING, 1, flip, flip).hu]).toEqual([...COUNTING.hu]);
  });
});
