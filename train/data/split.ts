/**
 * Which cases train, validate and test. By patient, never by slice: slices of one patient are too alike to test on. The one
 * split over slices is there because report 004 was measured with it.
 * @module
 */
import { createRandom, shuffled } from '../../core/random.ts';
import type { TrainingCase } from './list-cases.ts';

/** How to split; shares are in [0, 1], the rest trains. */
export type SplitSpec =
  /** Patients drawn at random. */
  | { readonly kind: 'patients-at-random'; readonly validation: number; readonly test: number }
  /** Patients in the order of the data folder: the first train, the last validate, the test lies between. */
  | { readonly kind: 'patients-in-order'; readonly validation: number; readonly test: number }
  /** Single slices drawn at random: slices of one patient on both sides. */
  | { readonly kind: 'slices-at-random'; readonly validation: number };

/** Splits by name: ours, and those that the reports were measured with. */
export const SPLITS = {
  patients: { kind: 'patients-at-random', validation: 0.08, test: 0 },
  /** Report 000: the first 240 of 300 cases train; of another number of cases the same share. */
  'first-240-of-300': { kind: 'patients-in-order', validation: 60 / 300, test: 0 },
  /** Report 001 names the three sides and no shares. */
  'train-validation-test': { kind: 'patients-at-random', validation: 0.15, test: 0.15 },
  /** Report 002, whose files were drawn; here by patient. */
  'shuffled-80-20': { kind: 'patients-at-random', validation: 0.2, test: 0 },
  /** Report 003: 20 of 210 cases held out for the test. */
  'test-20-of-210': { kind: 'patients-at-random', validation: 0.08, test: 20 / 210 },
  /** Reports 002 and 004 as measured. */
  'slices-80-20': { kind: 'slices-at-random', validation: 0.2 },
} as const satisfies Record<string, SplitSpec>;

export type SplitName = keyof typeof SPLITS;

export const SIDES = ['train', 'validation', 'test'] as const;

export type Side = (typeof SIDES)[number];

/** What of each side: ids of cases, or of slices as `CASE#K`, K counted from the feet. */
export type Sides = Readonly<Record<Side, readonly string[]>>;

/** Whether slices of one patient may stand on both sides. */
export function leaks({ kind }: SplitSpec): boolean {
  return kind === 'slices-at-random';
}

/**
 * Splits cases, always in the same way for the same seed and list.
 * @param slices - Slices of a case; asked only by splits over slices.
 */
export function splitCases(
  seed: number,
  cases: readonly TrainingCase[],
  spec: SplitSpec,
  slices: (one: TrainingCase) => number = () => 1,
): Sides {
  const random = createRandom(seed, 'split');
  if (spec.kind === 'slices-at-random') {
    const all = cases.flatMap((one) =>
      one.format === 'numpy' ? [one.id] : Array.from({ length: slices(one) }, (_, k) => sliceId(one.id, k)),
    );
    return divide(shuffled(random, all), spec.validation, 0);
  }
  const casesOf = new Map<string, string[]>();
  for (const { id, patient } of cases) casesOf.set(patient, [...(casesOf.get(patient) ?? []), id]);
  const patients = [...casesOf.keys()];
  const isDrawn = spec.kind === 'patients-at-random';
  const sides = divide(isDrawn ? shuffled(random, patients) : patients.toReversed(), spec.validation, spec.test);
  const idsOf = (side: readonly string[]): string[] =>
    (isDrawn ? side : side.toReversed()).flatMap((patient) => casesOf.get(patient) ?? []);
  return { train: idsOf(sides.train), validation: idsOf(sides.validation), test: idsOf(sides.test) };
}

/** The first validate, those after them test, the rest trains; at least one on each side that is asked for, as far as there are. */
function divide(order: readonly string[], validationShare: number, testShare: number): Sides {
  const count = (share: number, most: number): number => Math.max(0, Math.min(most, Math.max(1, Math.round(order.length * share))));
  const validation = count(validationShare, order.length - 1);
  const test = testShare > 0 ? count(testShare, order.length - validation - 1) : 0;
  return {
    train: order.slice(validation + test),
    validation: order.slice(0, validation),
    test: order.slice(validation, validation + test),
  };
}

export function sliceId(id: string, k: number): string {
  return `${id}#${k}`;
}

/** `CASE#K` → case and slice; a case's id → the case. */
export function parseSliceId(text: string): { readonly id: string; readonly k?: number } {
  const [, id, k] = /^(.*)#(\d+)$/s.exec(text) ?? [];
  return id === undefined || k === undefined ? { id: text } : { id, k: Number(k) };
}
