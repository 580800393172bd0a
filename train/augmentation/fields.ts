/**
 * What the fields of a transform may be: rules that its file states and check-augmentation.ts applies.
 * @module
 */

/** From the lowest to the highest value that may be drawn; both alike: always that value. */
export type Range = readonly [low: number, high: number];

/** @returns what the value must be, where it is something else. */
export type FieldRule = (value: unknown) => string | undefined;

/** A rule for every field of a transform but those that all of them have. */
export type FieldRules<T> = { readonly [K in Exclude<keyof T, 'kind' | 'probability'>]: FieldRule };

export function numberWithin(low: number, high: number): FieldRule {
  return (value) => (isWithin(value, low, high) ? undefined : `a number from ${low} to ${high}`);
}

export function wholeNumberWithin(low: number, high: number): FieldRule {
  return (value) => (isWithin(value, low, high) && Number.isInteger(value) ? undefined : `a whole number from ${low} to ${high}`);
}

/** A {@link Range}. */
export function rangeWithin(low: number, high: number): FieldRule {
  return (value) => {
    const isRange =
      Array.isArray(value) && value.length === 2 && value.every((end) => isWithin(end, low, high)) && value[0] <= value[1];
    return isRange ? undefined : `[lowest, highest] within ${low} and ${high}`;
  };
}

export function oneOf(...values: readonly string[]): FieldRule {
  return (value) => (values.includes(value as string) ? undefined : values.join(' or '));
}

/** A field that may be left out. */
export function optional(rule: FieldRule): FieldRule {
  return (value) => (value === undefined ? undefined : rule(value));
}

function isWithin(value: unknown, low: number, high: number): boolean {
  return typeof value === 'number' && value >= low && value <= high;
}
