/**
 * A side of a split → its cases, and of each the slices that are on it.
 * @module
 */
import type { LeftOutCase, TrainingCase } from './list-cases.ts';
import { parseSliceId, SIDES, type Sides } from './split.ts';

/** A case of a side; all its slices where none are named. */
export interface SideCase extends TrainingCase {
  readonly slices?: ReadonlySet<number>;
}

/** Cases of one side, in the order of the split. Ids that no case has are left to {@link splitGaps}. */
export function casesOfSide(ids: readonly string[], cases: readonly TrainingCase[]): SideCase[] {
  const byId = new Map(cases.map((one) => [one.id, one]));
  const slicesOf = new Map<string, Set<number>>();
  const whole = new Map<string, SideCase>();
  for (const text of ids) {
    const { id, k } = byId.has(text) ? { id: text, k: undefined } : parseSliceId(text);
    const one = byId.get(id);
    if (!one) continue;
    if (k === undefined) whole.set(id, one);
    else {
      const slices = slicesOf.get(id) ?? new Set();
      slicesOf.set(id, slices.add(k));
      whole.set(id, { ...one, slices });
    }
  }
  return [...whole.values()];
}

/** Where a split and the data differ: cases that only one of them has. */
export function splitGaps(sides: Sides, cases: readonly TrainingCase[]): LeftOutCase[] {
  const ids = new Set(cases.map(({ id }) => id));
  const named = new Set(SIDES.flatMap((side) => sides[side].map((text) => (ids.has(text) ? text : parseSliceId(text).id))));
  const gap =
    (message: string) =>
    (id: string): LeftOutCase => ({ id, code: 'INPUT_NOT_FOUND', message });
  return [
    ...[...named].filter((id) => !ids.has(id)).map(gap('The split names this case, but the data folder does not have it.')),
    ...[...ids].filter((id) => !named.has(id)).map(gap('The split does not name this case.')),
  ];
}
