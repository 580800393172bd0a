/**
 * Does a rule take a series?
 * @module
 */
import type { SeriesConditions, SeriesRule } from './rules-schema.ts';
import type { SeriesTraits } from './series-traits.ts';

/** All of `when` hold, and none of `unless`. */
export function takes({ when = {}, unless = {} }: SeriesRule, traits: SeriesTraits): boolean {
  return verdicts(when, traits).every(Boolean) && !verdicts(unless, traits).some(Boolean);
}

/** One verdict a condition that is written. What a series does not say fulfils none, neither wanted nor unwanted. */
function verdicts(conditions: SeriesConditions, traits: SeriesTraits): boolean[] {
  const { kind, thicknessMm, contrast, slices } = conditions;
  const texts = (['modality', 'bodyPart', 'description', 'protocol', 'kernel'] as const).flatMap((name) => {
    const wanted = conditions[name];
    const found = traits[name];
    return wanted === undefined ? [] : [found !== undefined && wanted.some((pattern) => fits(pattern, found))];
  });
  return [
    ...texts,
    ...(kind === undefined ? [] : [traits.kind === kind]),
    ...(contrast === undefined ? [] : [traits.hasContrast === contrast]),
    ...(thicknessMm === undefined ? [] : [isWithin(thicknessMm, traits.thicknessMm)]),
    ...(slices === undefined ? [] : [isWithin(slices, traits.slices)]),
  ];
}

function isWithin(
  { min = 0, max = Number.POSITIVE_INFINITY }: { min?: number | undefined; max?: number | undefined },
  value?: number,
): boolean {
  return value !== undefined && value >= min && value <= max;
}

/**
 * Whether a text fits a pattern in which `*` stands for any text. Case, outer and repeated spaces do not count. Takes time
 * in proportion to the text, whatever the pattern.
 */
export function fits(pattern: string, text: string): boolean {
  const [first = '', ...others] = plain(pattern).split('*');
  const last = others.pop();
  const found = plain(text);
  if (last === undefined) return found === first;
  const end = found.length - last.length;
  if (!found.startsWith(first) || !found.endsWith(last) || end < first.length) return false;
  let from = first.length;
  for (const part of others) {
    const at = found.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

function plain(text: string): string {
  return text.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
}
