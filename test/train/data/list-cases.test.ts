import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listCases } from '../../../train/data/list-cases.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'voxwatch-list-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Listing looks at names only. */
function make(...files: readonly string[]): void {
  for (const file of files) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), '');
  }
}

const kits = (place: string, ...numbers: readonly number[]): string[] =>
  numbers.flatMap((n) => [`${place}/case_0000${n}/imaging.nii.gz`, `${place}/case_0000${n}/segmentation.nii.gz`]);
const folder = (name: string): string => path.join(root, name);

describe('the cases of several data folders', () => {
  it('keep their names where those are unique, and get the folder’s number where two have one', async () => {
    make(...kits('a', 0, 2), ...kits('b', 0, 3));
    const { cases, layouts } = await listCases([folder('a'), folder('b')]);
    expect(cases.map(({ id }) => id)).toEqual(['1/case_00000', 'case_00002', '2/case_00000', 'case_00003']);
    expect(cases.map(({ patient }) => patient)).toEqual(cases.map(({ id }) => id));
    expect(cases[2]?.image).toBe(path.join(root, 'b/case_00000/imaging.nii.gz'));
    expect(layouts).toEqual(['kits', 'kits']);
  });

  it('may have a layout each', async () => {
    make(...kits('a', 0), 'b/volume-7.nii', 'b/segmentation-7.nii');
    const { cases, layouts } = await listCases([folder('a'), folder('b')]);
    expect(cases.map(({ id }) => id)).toEqual(['case_00000', 'volume-7']);
    expect(layouts).toEqual(['kits', 'lits']);
  });

  it('of LiTS are brought together from two archives: masks in one, part of the volumes in the other', async () => {
    make('a/segmentations/segmentation-1.nii', 'a/segmentations/segmentation-2.nii', 'a/volume_pt1/volume-1.nii');
    make('b/volume_pt6/volume-2.nii', 'b/volume_pt6/volume-3.nii');
    const { cases, leftOut } = await listCases([folder('a'), folder('b')]);
    expect(cases.map(({ id, image }) => [id, path.relative(root, image)])).toEqual([
      ['volume-1', 'a/volume_pt1/volume-1.nii'],
      ['volume-2', 'b/volume_pt6/volume-2.nii'],
    ]);
    expect(leftOut).toEqual([{ id: 'volume-3', code: 'INPUT_NOT_FOUND', message: 'There is no truth for this case.' }]);
  });

  it('of NumPy slices are of one patient only in one folder', async () => {
    for (const place of ['a', 'b'])
      for (const n of ['p1_1', 'p1_2', 'p2_1']) make(`${place}/images/${n}.npy`, `${place}/masks/${n}.npy`);
    const { cases } = await listCases([folder('a'), folder('b')]);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(6);
    expect([...new Set(cases.map(({ patient }) => patient))]).toEqual(['1/p1', '1/p2', '2/p1', '2/p2']);
  });
});

describe('cases that are not whole', () => {
  it('are named and left out, without their names in the sentence', async () => {
    make(...kits('a', 0), 'a/case_00001/imaging.nii.gz', 'a/case_00002/segmentation.nii.gz');
    const { cases, leftOut } = await listCases([folder('a')]);
    expect(cases.map(({ id }) => id)).toEqual(['case_00000']);
    expect(leftOut).toEqual([
      { id: 'case_00002', code: 'INPUT_NOT_FOUND', message: 'There is no image for this case.' },
      { id: 'case_00001', code: 'INPUT_NOT_FOUND', message: 'There is no truth for this case.' },
    ]);
  });

  it('and nothing else are refused with the first reason', async () => {
    make('a/case_00001/imaging.nii.gz');
    await expect(listCases([folder('a')])).rejects.toMatchObject({
      code: 'INPUT_EMPTY',
      message: 'None of the 1 cases of the data folder is whole. The first: There is no truth for this case.',
    });
  });

  it('are also those whose image is a folder of DICOM', async () => {
    make('a/case_00000/0001.dcm', 'a/truth/case_00000.nii.gz', 'a/images.nii.gz');
    await expect(listCases([folder('a')])).rejects.toMatchObject({ message: expect.stringContaining('voxwatch convert') });
  });
});

describe('a data folder', () => {
  it('that is not there, has no known layout, or not the one that was named, is refused', async () => {
    make('a/notes.txt', ...kits('b', 0));
    await expect(listCases([folder('nowhere')])).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
    await expect(listCases([folder('a')])).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
    await expect(listCases([folder('b')], { only: 'lits' })).rejects.toMatchObject({
      code: 'INPUT_EMPTY',
      message: 'The data folder does not have the layout “lits”.',
    });
  });

  it('of the Decathlon is what its dataset.json says, though its files are named as in LiTS', async () => {
    make('a/imagesTr/volume-1.nii.gz', 'a/labelsTr/volume-1.nii.gz', 'a/other/volume-2.nii', 'a/other/segmentation-2.nii');
    const training = [{ image: './imagesTr/volume-1.nii.gz', label: './labelsTr/volume-1.nii.gz' }];
    writeFileSync(path.join(root, 'a/dataset.json'), JSON.stringify({ labels: { 0: 'background', 1: 'liver' }, training }));
    const { layouts, cases, labels } = await listCases([folder('a')], { first: 'lits' });
    expect([layouts, cases.map(({ id }) => id)]).toEqual([['msd'], ['volume-1']]);
    expect(labels?.labels).toEqual([{ index: 1, name: 'liver' }]);
  });

  it('with a dataset.json that lists no case that is there has the layout of its files', async () => {
    make('a/volume-2.nii', 'a/segmentation-2.nii');
    writeFileSync(path.join(root, 'a/dataset.json'), '{}');
    expect((await listCases([folder('a')], { first: 'lits' })).layouts).toEqual(['lits']);
  });

  it('of two layouts at once has the one that is looked for first', async () => {
    make(...kits('a', 0), 'a/volume-1.nii', 'a/segmentation-1.nii');
    expect((await listCases([folder('a')])).layouts).toEqual(['kits']);
    expect((await listCases([folder('a')], { first: 'lits' })).layouts).toEqual(['lits']);
    expect((await listCases([folder('a')], { first: 'msd' })).layouts).toEqual(['kits']);
  });

  it('may be put together of links, and links in a ring end nowhere', async () => {
    make(...kits('real', 0));
    mkdirSync(folder('linked'));
    symlinkSync(folder('real/case_00000'), folder('linked/case_00000'));
    symlinkSync(folder('linked'), folder('linked/case_00001'));
    symlinkSync(folder('gone'), folder('linked/case_00002'));
    expect((await listCases([folder('linked')])).cases.map(({ id }) => id)).toEqual(['case_00000']);
  });
});
