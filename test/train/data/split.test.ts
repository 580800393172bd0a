import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { splitCases } from '../../../train/data/split.ts';

const CASES = Array.from({ length: 25 }, (_, n) => `case_${n}`);

describe('a split', () => {
  it('puts every case on one side, none on both', () => {
    const { train, validation } = splitCases(createRandom(1), CASES, 0.2);
    expect(validation.length).toBe(5);
    expect([...train, ...validation].sort()).toEqual([...CASES].sort());
  });

  it('is the same for the same seed, and another for another', () => {
    expect(splitCases(createRandom(1), CASES, 0.2)).toEqual(splitCases(createRandom(1), CASES, 0.2));
    expect(splitCases(createRandom(2), CASES, 0.2).validation).not.toEqual(splitCases(createRandom(1), CASES, 0.2).validation);
  });

  it('leaves at least one case on each side where there are two', () => {
    for (const share of [0, 0.001, 0.999, 1]) {
      const { train, validation } = splitCases(createRandom(1), ['a', 'b'], share);
      expect([train.length, validation.length]).toEqual([1, 1]);
    }
  });

  it('holds each case out about as often', () => {
    const held = new Map<string, number>();
    for (let seed = 0; seed < 2000; seed++)
      for (const name of splitCases(createRandom(seed), CASES, 0.2).validation) held.set(name, (held.get(name) ?? 0) + 1);
    for (const count of held.values()) expect(Math.abs(count - 400)).toBeLessThan(100);
  });

  it('does not touch the list it was given', () => {
    const cases = [...CASES];
    splitCases(createRandom(1), cases, 0.2);
    expect(cases).toEqual(CASES);
  });
});
