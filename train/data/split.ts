/**
 * Splits by patient, never by slice: slices of one patient are too alike to test on.
 * @module
 */
import type { Random } from '../../core/random.ts';

export interface Split<T> {
  readonly train: readonly T[];
  readonly validation: readonly T[];
}

/** Seeded; at least one case lands on each side where there are two. */
export function splitCases<T>(random: Random, cases: readonly T[], validationShare: number): Split<T> {
  const shuffled = [...cases];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = random.integer(0, i);
    [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
  }
  const held = Math.min(cases.length - 1, Math.max(1, Math.round(cases.length * validationShare)));
  return { train: shuffled.slice(held), validation: shuffled.slice(0, held) };
}
