import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fits, takes } from '../../../daemon/rules/match-rule.ts';
import { rulesSchema, type SeriesRule } from '../../../daemon/rules/rules-schema.ts';
import type { SeriesTraits } from '../../../daemon/rules/series-traits.ts';

const ABDOMEN: SeriesTraits = {
  kind: 'dicom',
  modality: 'CT',
  bodyPart: 'ABDOMEN',
  description: 'Abd  Venous 1.0 Br40',
  protocol: 'Nierentumor',
  kernel: 'Br40d',
  thicknessMm: 1,
  hasContrast: true,
  slices: 400,
};

/** A rule as it stands in a config file. */
function rule(parts: object): SeriesRule {
  return rulesSchema.parse({ series: [{ name: 'tested', ...parts }] }).series?.[0] as SeriesRule;
}

describe('a rule', () => {
  it.each([
    ['without conditions', {}, true],
    [
      'with all that holds',
      { when: { modality: 'ct', bodyPart: ['CHEST', 'ABDOMEN'], description: '*venous*', protocol: 'nieren*' } },
      true,
    ],
    ['with one that does not', { when: { modality: 'CT', bodyPart: 'CHEST' } }, false],
    ['with numbers at the ends of their ranges', { when: { thicknessMm: { min: 1, max: 1 }, slices: { min: 400 } } }, true],
    ['with a number outside', { when: { slices: { max: 399 } } }, false],
    ['with contrast', { when: { contrast: true } }, true],
    ['without contrast', { when: { contrast: false } }, false],
    ['for NIfTI', { when: { kind: 'nifti' } }, false],
    ['with an exception that holds', { when: { modality: 'CT' }, unless: { slices: { max: 10 }, kernel: 'B*' } }, false],
    ['with exceptions that do not', { unless: { slices: { max: 10 }, description: '*bone*' } }, true],
  ])('%s', (_what, parts, expected) => {
    expect(takes(rule(parts), ABDOMEN)).toBe(expected);
  });

  it('finds nothing fulfilled that a series does not say, neither wanted nor unwanted', () => {
    const silent: SeriesTraits = { kind: 'nifti', slices: 3 };
    for (const condition of [{ modality: '*' }, { kernel: '*' }, { thicknessMm: { min: 0 } }, { contrast: false }]) {
      expect(takes(rule({ when: condition }), silent)).toBe(false);
      expect(takes(rule({ unless: condition }), silent)).toBe(true);
    }
  });
});

describe('a pattern', () => {
  it.each([
    ['*', '', true],
    ['', 'x', false],
    ['abc', 'ABC', true],
    ['abc', 'abcd', false],
    ['a*c', 'abbc', true],
    ['a*c', 'abbcd', false],
    ['ab*ba', 'aba', false],
    ['*b*b*', 'ab', false],
    ['*b*b*', 'abcb', true],
    ['a.c', 'abc', false],
    ['a b', ' A   b ', true],
    ['(a+)+$', '(a+)+$', true],
  ])('%s on %s', (pattern, text, expected) => {
    expect(fits(pattern, text)).toBe(expected);
  });

  it('fits as the regular expression that it stands for', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    const words = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
    fc.assert(
      fc.property(letters, words, (pattern, text) => {
        expect(fits(pattern, text)).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text));
      }),
      { numRuns: 500 },
    );
  });
});
