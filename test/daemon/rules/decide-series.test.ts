import { describe, expect, it } from 'vitest';
import { decideSeries } from '../../../daemon/rules/decide-series.ts';
import { kernelSharpness } from '../../../daemon/rules/prefer-series.ts';
import { rulesSchema } from '../../../daemon/rules/rules-schema.ts';
import type { SeriesTraits } from '../../../daemon/rules/series-traits.ts';

const THIN_SOFT: SeriesTraits = {
  kind: 'dicom',
  study: 'study-1',
  modality: 'CT',
  bodyPart: 'ABDOMEN',
  kernel: 'B30s',
  thicknessMm: 1,
  slices: 300,
  orientation: 'axial',
  isOriginal: true,
};
const decide = (series: readonly SeriesTraits[], rules: object, defaults = ['kidney']) =>
  decideSeries(series, rulesSchema.parse(rules), defaults);

describe('without rules', () => {
  it('every series goes to the default bundles', () => {
    expect(decide([THIN_SOFT, { kind: 'nifti', slices: 3 }], {}, ['kidney', 'liver'])).toEqual([
      { kind: 'chosen', bundles: ['kidney', 'liver'] },
      { kind: 'chosen', bundles: ['kidney', 'liver'] },
    ]);
  });
});

describe('rules', () => {
  const rules = {
    series: [
      { name: 'no-head', when: { bodyPart: 'HEAD' }, bundles: [] },
      { name: 'trunk', when: { bodyPart: ['ABDOMEN', 'CHEST'] }, bundles: ['kidney', 'liver', 'kidney'] },
      { name: 'thick', when: { thicknessMm: { min: 5 } } },
    ],
  };

  it('decide in their order, give several bundles, the default ones, or none', () => {
    const head = { ...THIN_SOFT, bodyPart: 'HEAD', thicknessMm: 5 };
    const unknown = { ...THIN_SOFT, bodyPart: 'LEG' };
    expect(decide([THIN_SOFT, head, { ...unknown, thicknessMm: 5 }, unknown], rules, ['default'])).toMatchObject([
      { kind: 'chosen', rule: 'trunk', bundles: ['kidney', 'liver'] },
      { kind: 'not-chosen', rule: 'no-head', code: 'RULE_WITHOUT_BUNDLE' },
      { kind: 'chosen', rule: 'thick', bundles: ['default'] },
      { kind: 'not-chosen', code: 'NO_RULE' },
    ]);
  });
});

describe('a provider that a rule asks for', () => {
  it('goes with the bundles', () => {
    const rules = { series: [{ name: 'gpu', when: { bodyPart: 'ABDOMEN' }, provider: 'cuda' }, { name: 'rest' }] };
    expect(decide([THIN_SOFT, { ...THIN_SOFT, bodyPart: 'LEG' }], rules)).toEqual([
      { kind: 'chosen', rule: 'gpu', bundles: ['kidney'], provider: 'cuda' },
      { kind: 'chosen', rule: 'rest', bundles: ['kidney'] },
    ]);
  });
});

describe('one series a study', () => {
  it.each([
    ['a reformat', { isOriginal: false, thicknessMm: 0.5 }, 'it is as acquired'],
    ['a coronal stack', { orientation: 'coronal', thicknessMm: 0.5 }, 'its slices are axial'],
    ['thick slices', { thicknessMm: 5, kernel: 'B20s' }, 'its slices are thin'],
    ['a sharp kernel', { kernel: 'B70f', thicknessMm: 0.6 }, 'its kernel is softer'],
    ['a kernel nobody knows', { kernel: 'X', thicknessMm: 0.6 }, 'its kernel is softer'],
    ['somewhat thicker slices', { thicknessMm: 2, slices: 600 }, 'its slices are thinner'],
    ['fewer slices', { slices: 299 }, 'it has more slices'],
    ['an equal one that comes later', {}, 'it comes first'],
  ] as const)('prefers the better one to %s, whichever comes first', (_what, change, because) => {
    const lesser: SeriesTraits = { ...THIN_SOFT, ...change };
    const lost = { kind: 'not-chosen', code: 'OTHER_SERIES', message: `Another series of the study was chosen: ${because}.` };
    expect(decide([THIN_SOFT, lesser], { oneSeriesPerStudy: true })).toMatchObject([{ kind: 'chosen' }, lost]);
    if (because !== 'it comes first') {
      expect(decide([lesser, THIN_SOFT], { oneSeriesPerStudy: true })).toMatchObject([lost, { kind: 'chosen' }]);
    }
  });

  it('compares only series of one study that go to the same bundle', () => {
    const lung: SeriesTraits = { ...THIN_SOFT, kernel: 'B70f' };
    const rules = {
      oneSeriesPerStudy: true,
      series: [
        { name: 'sharp', when: { kernel: 'B7*' }, bundles: ['lung', 'kidney'] },
        { name: 'rest', bundles: ['kidney'] },
      ],
    };
    const other = { ...lung, study: 'study-2' };
    const nifti: SeriesTraits = { kind: 'nifti', slices: 3 };
    expect(decide([THIN_SOFT, lung, other, nifti, nifti], rules)).toMatchObject([
      { kind: 'chosen', bundles: ['kidney'] },
      { kind: 'chosen', bundles: ['lung'] },
      { kind: 'chosen', bundles: ['lung', 'kidney'] },
      { kind: 'chosen' },
      { kind: 'chosen' },
    ]);
  });
});

describe('the sharpness of a kernel', () => {
  it.each([
    ['soft', ['B30s', 'B45f', 'Br40d', 'I31f', 'Qr44', 'STANDARD', 'soft', 'FC08', 'FC18-H', 'B', 'A']],
    ['sharp', ['B70f', 'B50s', 'Br64', 'LUNG', 'BONEPLUS', 'FC30', 'FC51', 'FC86', 'L', 'YC']],
    ['unknown', ['', undefined, 'DETAIL', 'C', 'FC26', 'IMR1', '30']],
  ] as const)('is %s', (expected, names) => {
    expect(names.map(kernelSharpness)).toEqual(names.map(() => expected));
  });
});
