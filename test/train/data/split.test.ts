import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import type { TrainingCase } from '../../../train/data/list-cases.ts';
import { leaks, parseSliceId, type Sides, SPLITS, type SplitSpec, splitCases } from '../../../train/data/split.ts';

function casesOf(count: number, patientOf = (n: number): string => `case_${n}`): TrainingCase[] {
  return Array.from({ length: count }, (_, n) => ({
    id: `case_${n}`,
    patient: patientOf(n),
    format: 'nifti',
    image: '',
    truth: '',
  }));
}

const CASES = casesOf(25);
const FIFTH: SplitSpec = { kind: 'patients-at-random', validation: 0.2, test: 0 };
const sizes = ({ train, validation, test }: Sides): number[] => [train.length, validation.length, test.length];

describe('a split by patient', () => {
  it('puts every case on one side, none on two', () => {
    const { train, validation, test } = splitCases(1, CASES, { ...FIFTH, test: 0.12 });
    expect([train.length, validation.length, test.length]).toEqual([17, 5, 3]);
    expect([...train, ...validation, ...test].sort()).toEqual(CASES.map(({ id }) => id).sort());
  });

  it('is the same for the same seed, and another for another', () => {
    expect(splitCases(1, CASES, FIFTH)).toEqual(splitCases(1, CASES, FIFTH));
    expect(splitCases(2, CASES, FIFTH).validation).not.toEqual(splitCases(1, CASES, FIFTH).validation);
  });

  it('draws the validation side by the stream that runs were begun with', () => {
    // Written out: a run that goes on must find the slices it began with.
    const random = createRandom(7, 'split');
    const order = CASES.map(({ id }) => id);
    for (let i = order.length - 1; i > 0; i--) {
      const j = random.integer(0, i);
      [order[i], order[j]] = [order[j] as string, order[i] as string];
    }
    const { train, validation } = splitCases(7, CASES, SPLITS.patients);
    expect(validation).toEqual(order.slice(0, 2));
    expect(train).toEqual(order.slice(2));
  });

  it('keeps cases of one patient together', () => {
    const cases = casesOf(40, (n) => `patient_${n % 10}`);
    const { train, validation } = splitCases(3, cases, FIFTH);
    const patients = (ids: readonly string[]): Set<string> => new Set(ids.map((id) => `patient_${Number(id.slice(5)) % 10}`));
    expect(validation).toHaveLength(8);
    expect([...patients(train)].filter((patient) => patients(validation).has(patient))).toEqual([]);
  });

  it('leaves at least one case on each side as far as there are any', () => {
    for (const share of [0, 0.001, 0.999, 1]) {
      expect(sizes(splitCases(1, casesOf(2), { ...FIFTH, validation: share }))).toEqual([1, 1, 0]);
    }
    expect(sizes(splitCases(1, casesOf(3), { ...FIFTH, test: 0.01 }))).toEqual([1, 1, 1]);
    expect(sizes(splitCases(1, casesOf(2), { ...FIFTH, test: 0.5 }))).toEqual([1, 1, 0]);
    expect(sizes(splitCases(1, casesOf(1), FIFTH))).toEqual([1, 0, 0]);
  });

  it('holds each case out about as often', () => {
    const held = new Map<string, number>();
    for (let seed = 0; seed < 2000; seed++)
      for (const id of splitCases(seed, CASES, FIFTH).validation) held.set(id, (held.get(id) ?? 0) + 1);
    for (const count of held.values()) expect(Math.abs(count - 400)).toBeLessThan(100);
  });

  it('in order lets the first cases train and the last validate, as report 000 has it', () => {
    const split = SPLITS['first-240-of-300'];
    const ids = casesOf(300).map(({ id }) => id);
    expect(splitCases(1, casesOf(300), split)).toEqual({ train: ids.slice(0, 240), validation: ids.slice(240), test: [] });
    expect(splitCases(9, casesOf(210), split)).toEqual({ train: ids.slice(0, 168), validation: ids.slice(168, 210), test: [] });
  });

  it('holds 20 of 210 cases out for the test, as report 003 does', () => {
    expect(sizes(splitCases(1, casesOf(210), SPLITS['test-20-of-210']))).toEqual([173, 17, 20]);
  });

  it('has three sides and 80 to 20 by name', () => {
    expect(sizes(splitCases(1, casesOf(100), SPLITS['train-validation-test']))).toEqual([70, 15, 15]);
    expect(sizes(splitCases(1, casesOf(100), SPLITS['shuffled-80-20']))).toEqual([80, 20, 0]);
  });

  it('does not touch the list it was given', () => {
    const cases = [...CASES];
    splitCases(1, cases, FIFTH);
    splitCases(1, cases, SPLITS['first-240-of-300']);
    expect(cases).toEqual(CASES);
  });
});

describe('a split over slices', () => {
  const split = SPLITS['slices-80-20'];

  it('puts every slice on one side, and slices of one case on both: it says that it leaks', () => {
    const { train, validation } = splitCases(1, casesOf(5), split, () => 20);
    expect([train.length, validation.length]).toEqual([80, 20]);
    expect(new Set([...train, ...validation]).size).toBe(100);
    const caseOf = (text: string): string => parseSliceId(text).id;
    expect(validation.some((text) => train.map(caseOf).includes(caseOf(text)))).toBe(true);
    expect(leaks(split)).toBe(true);
    expect(leaks(SPLITS.patients)).toBe(false);
  });

  it('names slices so that they can be found again', () => {
    const { train } = splitCases(1, casesOf(1), split, () => 3);
    expect(train.map(parseSliceId).every(({ id, k }) => id === 'case_0' && k !== undefined && k < 3)).toBe(true);
    expect(parseSliceId('2/case#4#17')).toEqual({ id: '2/case#4', k: 17 });
    expect(parseSliceId('case_00000')).toEqual({ id: 'case_00000' });
  });
});
