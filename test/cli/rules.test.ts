import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ruleTable, testRules } from '../../cli/commands/rules.ts';
import { planWork } from '../../cli/plan-work.ts';
import { rulesSchema } from '../../daemon/rules/rules-schema.ts';
import { type CtSeriesOptions, writeCtSeries } from '../../formats/dicom/write-instance.ts';
import { writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import { axialGrid, countingVolume } from '../formats/phantoms.ts';
import { writeTinyBundle } from '../runtime/make-tiny-bundle.ts';

let root: string;
let study: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rules-'));
  study = join(root, 'study');
  mkdirSync(study);
});
afterEach(() => rmSync(root, { recursive: true }));

function dropSeries(name: string, slices: number, options: Partial<CtSeriesOptions>): void {
  mkdirSync(join(study, name));
  const files = writeCtSeries(countingVolume(axialGrid([6, 5, slices])), {
    ...{ seed: 1, seriesDescription: name, convolutionKernel: 'B30f' },
    ...options,
  });
  for (const [k, bytes] of files.entries()) writeFileSync(join(study, name, `${k}.dcm`), bytes);
}

const plan = (rules: object) => planWork({ models: [join(root, 'tiny')], overlays: 'none', rules: rulesSchema.parse(rules) });

describe('rules test', () => {
  it('shows what the headers say and what would become of each series', async () => {
    await writeTinyBundle(join(root, 'tiny'));
    await writeTinyBundle(join(root, 'second'), { name: 'second' });
    dropSeries('lung', 5, { seriesNumber: 1, convolutionKernel: 'B70f' });
    dropSeries('soft', 5, { seriesNumber: 2 });
    dropSeries('head', 5, { seriesNumber: 3, bodyPart: 'HEAD' });
    dropSeries('short', 3, { seriesNumber: 4 });
    writeFileSync(join(study, 'volume.nii'), writeNiftiVolume(countingVolume(axialGrid())));
    writeFileSync(join(study, 'cut.nii'), writeNiftiVolume(countingVolume(axialGrid())).subarray(0, 200));
    const second = join(root, 'second');
    const tested = await testRules(
      study,
      await plan({
        oneSeriesPerStudy: true,
        series: [
          { name: 'no-head', when: { bodyPart: 'HEAD' }, bundles: [] },
          { name: 'nifti', when: { kind: 'nifti' }, bundles: [second] },
          { name: 'trunk', when: { slices: { min: 4 } } },
        ],
      }),
    );
    expect(Object.fromEntries(tested.map(({ name, decision }) => [name, decision]))).toMatchObject({
      lung: { kind: 'not-chosen', rule: 'trunk', code: 'OTHER_SERIES' },
      soft: { kind: 'chosen', rule: 'trunk', bundles: [join(root, 'tiny')] },
      head: { kind: 'not-chosen', rule: 'no-head', code: 'RULE_WITHOUT_BUNDLE' },
      short: { kind: 'not-chosen', code: 'NO_RULE' },
      volume: { kind: 'chosen', rule: 'nifti', bundles: [second] },
    });
    expect(tested.find(({ name }) => name === 'soft')?.traits).toMatchObject({
      ...{ kind: 'dicom', modality: 'CT', bodyPart: 'ABDOMEN', description: 'soft', kernel: 'B30f', hasContrast: false },
      ...{ slices: 5, orientation: 'axial', isOriginal: true, thicknessMm: 2.5 },
    });
    const lines = ruleTable(tested).split('\n');
    expect(lines[0]).toMatch(/^series +slices +mm +plane +kernel +body part +description +rule +outcome$/);
    expect(lines.find((line) => line.startsWith('lung'))).toMatch(
      /5 +2\.50 +axial +B70f +ABDOMEN +lung +trunk +not chosen \(OTHER_SERIES\)/,
    );
  });

  it('says what is missing instead of starting without it', async () => {
    await writeTinyBundle(join(root, 'tiny'));
    const rules = { series: [{ name: 'a', bundles: ['no-such-bundle'] }] };
    await expect(plan(rules)).rejects.toMatchObject({ code: 'BUNDLE_NOT_FOUND' });
    await expect(testRules(study, await plan({}))).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
  });
});
