import { describe, expect, it } from 'vitest';
import { LAYOUTS, type ListedDataSet, listDataSet } from '../../../formats/data-sets/data-set.ts';
import { fileTree } from '../../../formats/data-sets/file-tree.ts';

/** Lists a folder with these files; folders are those that the files lie in, and the ones that end in `/`. */
function list(
  paths: readonly string[],
  dataset = '',
  layouts: Parameters<typeof listDataSet>[2] = LAYOUTS,
): Promise<ListedDataSet | undefined> {
  const files = paths.filter((path) => !path.endsWith('/'));
  const folders = new Set(paths.filter((path) => path.endsWith('/')).map((path) => path.slice(0, -1)));
  for (const file of files)
    for (let end = file.indexOf('/'); end >= 0; end = file.indexOf('/', end + 1)) folders.add(file.slice(0, end));
  return listDataSet(fileTree(files, [...folders]), async () => dataset, layouts);
}

describe('the KiTS layout', () => {
  it('is a folder a case, here, in data/ or in dataset/', async () => {
    for (const place of ['', 'data/', 'dataset/']) {
      const found = await list([`${place}case_00010/imaging.nii.gz`, `${place}case_00010/segmentation.nii.gz`, 'README.md']);
      expect(found).toMatchObject({
        layout: 'kits',
        cases: [
          { name: 'case_00010', image: `${place}case_00010/imaging.nii.gz`, truth: `${place}case_00010/segmentation.nii.gz` },
        ],
        incomplete: [],
      });
    }
  });

  it('takes files that are not compressed, and of KiTS21 the majority of the readers', async () => {
    const found = await list([
      'case_00001/imaging.nii',
      'case_00001/segmentation.nii',
      'case_00002/imaging.nii.gz',
      'case_00002/aggregated_AND_seg.nii.gz',
      'case_00002/aggregated_MAJ_seg.nii.gz',
      'case_00002/aggregated_OR_seg.nii.gz',
      'case_00002/segmentations/kidney_instance-1_annotation-1.nii.gz',
    ]);
    expect(found?.cases.map(({ truth }) => truth)).toEqual(['case_00001/segmentation.nii', 'case_00002/aggregated_MAJ_seg.nii.gz']);
  });

  it('names a case without a mask or without anything, and keeps one without an image for those who score masks', async () => {
    const found = await list(['case_00000/imaging.nii.gz', 'case_00001/segmentation.nii.gz', 'case_00002/']);
    expect(found?.incomplete).toEqual([
      { name: 'case_00000', missing: 'truth', found: 'case_00000/imaging.nii.gz' },
      { name: 'case_00002', missing: 'image' },
    ]);
    expect(found?.cases).toEqual([{ name: 'case_00001', truth: 'case_00001/segmentation.nii.gz' }]);
    expect(found?.labels?.labels.map(({ name }) => name)).toEqual(['kidney', 'tumour', 'cyst']);
  });

  it('is not a folder of such names without any of its files', async () => {
    expect(await list(['case_00000/', 'case_00001/readme.txt'], '', ['kits'])).toBeUndefined();
  });
});

describe('the LiTS layout', () => {
  it('pairs by number in one folder, and in the order of numbers', async () => {
    const numbers = [10, 2, 0];
    const found = await list(numbers.flatMap((n) => [`volume-${n}.nii`, `segmentation-${n}.nii.gz`]));
    expect(found).toMatchObject({ layout: 'lits', incomplete: [] });
    expect(found?.cases.map(({ name }) => name)).toEqual(['volume-0', 'volume-2', 'volume-10']);
    expect(found?.cases[1]).toMatchObject({ image: 'volume-2.nii', truth: 'segmentation-2.nii.gz' });
  });

  it('pairs over the sub-folders in which it is handed on', async () => {
    const found = await list([
      'Training Batch 1/volume-1.nii',
      'Training Batch 1/segmentation-1.nii',
      'segmentations/segmentation-30.nii',
      'volume_pt4/volume-30.nii',
      'volume_pt4/volume-31.nii',
    ]);
    expect(found?.cases.map(({ image }) => image)).toEqual(['Training Batch 1/volume-1.nii', 'volume_pt4/volume-30.nii']);
    expect(found?.incomplete).toEqual([{ name: 'volume-31', missing: 'truth', found: 'volume_pt4/volume-31.nii' }]);
  });
});

describe('the layout of the Decathlon', () => {
  const FILES = [
    'dataset.json',
    'imagesTr/liver_0.nii.gz',
    'imagesTr/liver_1.nii.gz',
    'labelsTr/liver_0.nii.gz',
    'labelsTr/liver_1.nii.gz',
  ];

  it('takes the list and the labels of dataset.json', async () => {
    const dataset = JSON.stringify({
      labels: { '0': 'background', '2': 'cancer', '1': 'liver' },
      training: [{ image: './imagesTr/liver_1.nii.gz', label: './labelsTr/liver_1.nii.gz' }],
      test: ['./imagesTs/liver_9.nii.gz'],
    });
    expect(await list(FILES, dataset)).toEqual({
      layout: 'msd',
      cases: [{ name: 'liver_1', image: 'imagesTr/liver_1.nii.gz', truth: 'labelsTr/liver_1.nii.gz' }],
      incomplete: [{ name: 'liver_0', missing: 'entry', found: 'labelsTr/liver_0.nii.gz' }],
      labels: {
        labels: [
          { index: 1, name: 'liver' },
          { index: 2, name: 'cancer' },
        ],
        organLabel: 1,
      },
    });
  });

  it('names listed files that are not there, and takes none from outside of the folder', async () => {
    const training = [
      { image: 'imagesTr/liver_0.nii.gz', label: 'labelsTr/liver_7.nii.gz' },
      { image: '../other/liver_8.nii.gz', label: 'labelsTr/liver_1.nii.gz' },
      'nonsense',
    ];
    const found = await list(FILES, JSON.stringify({ training }));
    expect(found?.cases).toEqual([]);
    expect(found?.incomplete.map(({ name, missing }) => [name, missing])).toEqual([
      ['entry 3', 'truth'],
      ['liver_0', 'entry'],
      ['liver_1', 'image'],
      ['liver_7', 'truth'],
    ]);
  });

  it('without a list pairs the folders, as nnU-Net’s is; hidden files of archives are nothing', async () => {
    const files = [
      'dataset.json',
      'imagesTr/a_0000.nii.gz',
      'imagesTr/._a_0000.nii.gz',
      'labelsTr/a.nii.gz',
      'labelsTr/._a.nii.gz',
    ];
    const found = await list(files, JSON.stringify({ labels: { background: 0, liver: 1, both: [1, 2] }, numTraining: 1 }));
    expect(found?.cases).toEqual([{ name: 'a', image: 'imagesTr/a_0000.nii.gz', truth: 'labelsTr/a.nii.gz' }]);
    expect(found?.labels?.labels).toEqual([{ index: 1, name: 'liver' }]);
  });

  it('with a dataset.json that is no JSON is refused', async () => {
    await expect(list(FILES, '{"labels":')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('the layout of NumPy slices', () => {
  const pairs = async (paths: readonly string[]): Promise<readonly (readonly (string | undefined)[])[]> =>
    ((await list(paths))?.cases ?? []).map(({ image, truth, patient }) => [image, truth, patient]);

  it('pairs two folders, a word at either end, and folders below folders', async () => {
    expect(await pairs(['images/P1_7.npy', 'masks/P1_7.npy', 'images/P2_7.npy', 'masks/P2_7.npy'])).toEqual([
      ['images/P1_7.npy', 'masks/P1_7.npy', 'P1'],
      ['images/P2_7.npy', 'masks/P2_7.npy', 'P2'],
    ]);
    expect(await pairs(['a_1.npy', 'a_1_mask.npy', 'b_1.npy', 'b_1_mask.npy'])).toEqual([
      ['a_1.npy', 'a_1_mask.npy', 'a'],
      ['b_1.npy', 'b_1_mask.npy', 'b'],
    ]);
    expect(await pairs(['image_A-2.npy', 'seg_A-2.npy', 'image_B-2.npy', 'seg_B-2.npy'])).toEqual([
      ['image_A-2.npy', 'seg_A-2.npy', 'A'],
      ['image_B-2.npy', 'seg_B-2.npy', 'B'],
    ]);
    expect(await pairs(['t/images/x/12.npy', 't/labels/x/12.npy', 't/images/y/12.npy', 't/labels/y/12.npy'])).toEqual([
      ['t/images/x/12.npy', 't/labels/x/12.npy', 't/x'],
      ['t/images/y/12.npy', 't/labels/y/12.npy', 't/y'],
    ]);
  });

  it('knows the patient by the name before the slice’s number', async () => {
    const names = ['P01_slice_3', 'P01_slice_75', 'P02_slice_3'];
    const found = await pairs(names.flatMap((name) => [`images/${name}.npy`, `masks/${name}.npy`]));
    expect(found.map((own) => own[2])).toEqual(['P01', 'P01', 'P02']);
  });

  it('takes each slice for a patient of its own where names tell nothing', async () => {
    const found = await pairs([1, 2, 3].flatMap((n) => [`images/brain_${n}.npy`, `masks/brain_${n}.npy`]));
    expect(found.map((own) => own[2])).toEqual(['brain_1', 'brain_2', 'brain_3']);
  });

  it('names halves, and all files of which nobody can say how they pair', async () => {
    const found = await list([
      'images/1.npy',
      'masks/1.npy',
      'images/2.npy',
      'masks/3.npy',
      'images/4.npy',
      'images/4_image.npy',
      'masks/4.npy',
    ]);
    expect(found?.incomplete.map(({ name, missing }) => [name, missing])).toEqual([
      ['2', 'truth'],
      ['images/4', 'truth'],
      ['images/4_image', 'truth'],
      ['masks/4', 'image'],
    ]);
    expect(found?.cases.map(({ name, image }) => [name, image])).toEqual([
      ['1', 'images/1.npy'],
      ['3', undefined],
    ]);
  });
});

describe('pairs by name', () => {
  it('are images/ and labels/, or truths beside folders of DICOM', async () => {
    expect(await list(['images/a.nii.gz', 'images/b.nii.gz', 'labels/a.nii.gz'])).toEqual({
      layout: 'pairs',
      cases: [{ name: 'a', image: 'images/a.nii.gz', truth: 'labels/a.nii.gz' }],
      incomplete: [{ name: 'b', missing: 'truth', found: 'images/b.nii.gz' }],
    });
    expect(await list(['case_00000/0001.dcm', 'case_00001/0001.dcm', 'truth/case_00000.nii.gz'])).toEqual({
      layout: 'pairs',
      cases: [{ name: 'case_00000', image: 'case_00000', truth: 'truth/case_00000.nii.gz' }],
      incomplete: [],
    });
  });

  it('are also masks alone, in files or in folders of results', async () => {
    const found = await list(['a.nii.gz', 'b/mask.nii.gz']);
    expect(found?.cases).toEqual([
      { name: 'a', truth: 'a.nii.gz' },
      { name: 'b', truth: 'b/mask.nii.gz' },
    ]);
  });
});

it('a folder of anything else has no layout, and one that is named is not taken for another', async () => {
  expect(await list(['notes.txt', 'pictures/a.png'])).toBeUndefined();
  expect(await list(['volume-1.nii', 'segmentation-1.nii'], '', ['kits'])).toBeUndefined();
});
