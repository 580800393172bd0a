/** `synthesize --from-labels` on files: what it writes is read as training reads it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type AnatomySources, synthesizeAnatomies } from '../../../cli/synthesize/synthesize-anatomies.ts';
import { writeNiftiLabels, writeNiftiVolume } from '../../../formats/nifti/write-nifti.ts';
import { listCases, type TrainingCase } from '../../../train/data/list-cases.ts';
import { readCase } from '../../../train/data/read-case.ts';
import { labelledBody, plainDesign } from '../../train/synthesis/from-labels/labelled-body.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'voxwatch-anatomies-'));
afterAll(() => rmSync(folder, { recursive: true }));

function save(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

const { volume, labels } = labelledBody();
const SOURCES: AnatomySources = {
  out: path.join(folder, 'out'),
  count: 2,
  fromLabels: [save('labels.nii.gz', writeNiftiLabels(labels, []))],
  ct: [save('ct.nii.gz', writeNiftiVolume(volume))],
  labelNames: 'totalsegmentator',
  design: save('design.json', JSON.stringify(plainDesign({ liverLesions: { probability: 1 } }))),
};
const SCAN = { seed: 3, matrix: 48, slices: 40, sliceStepMm: 6 };

function codeOf(changed: Partial<AnatomySources>): Promise<unknown> {
  return synthesizeAnatomies({ ...SOURCES, ...changed }, SCAN, () => {}).catch((thrown: { code?: unknown }) => thrown.code);
}

describe('synthesizing anatomies', () => {
  it('writes cases that training lists and reads, and says what was drawn', async () => {
    const told: string[] = [];
    await synthesizeAnatomies(SOURCES, SCAN, ({ name }) => told.push(name));
    expect(told).toEqual(['case_00000', 'case_00001']);
    const { cases } = await listCases([SOURCES.out], { first: 'kits' });
    expect(cases.map(({ id }) => id)).toEqual(told);
    const read = await readCase(cases[0] as TrainingCase, { labels: 9 });
    if (read.kind !== 'volume') throw new Error('a volume was written');
    expect(read.volume.geometry.sizeVoxels).toEqual([48, 48, 40]);
    for (const label of [1, 2, 3]) expect(read.truth.labels.includes(label), `label ${label}`).toBe(true);
    const { design, studies } = JSON.parse(readFileSync(path.join(SOURCES.out, 'anatomies.json'), 'utf8'));
    expect(design.truth.liver).toBe(1);
    expect(studies[0]).toMatchObject({ name: 'case_00000', seed: 3, template: 0, mode: 'shift' });
    expect(studies[1].lesions[0].volumeMl).toBeGreaterThan(0);
  });

  it('says what is wrong with its files', async () => {
    expect(await codeOf({ ct: [] })).toBe('USAGE');
    expect(await codeOf({ fromLabels: [path.join(folder, 'none.nii.gz')] })).toBe('INPUT_NOT_FOUND');
    expect(await codeOf({ labelNames: save('names.json', '{"5": "liver"}') })).toBe('LABEL_UNKNOWN');
    expect(await codeOf({ labelNames: save('broken.json', '{') })).toBe('CONFIG_INVALID');
    expect(await codeOf({ design: save('strange.json', '{"bend": {"scales": 1}}') })).toBe('CONFIG_INVALID');
  });
});
