import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { affineFromColumns } from '../../../core/affine.ts';
import { createLabelMap, type GridGeometry } from '../../../core/volume.ts';
import { writeNiftiLabels, writeNiftiVolume } from '../../../formats/nifti/write-nifti.ts';
import type { TrainingCase } from '../../../train/data/list-cases.ts';
import { type LabelledVolume, readCase } from '../../../train/data/read-case.ts';
import { KIDNEY_ENET_CASCADE } from '../../../train/recipes/kidney-enet-cascade.ts';
import { npy } from '../../formats/npy/write-npy.ts';
import { makeVolume } from '../../runtime/make-volume.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'voxwatch-case-'));
afterAll(() => rmSync(folder, { recursive: true }));

const VOLUME = makeVolume([4, 3, 2], [{ from: [1, 1, 0], to: [3, 2, 2], hu: 77 }]);
const LABELS = Uint8Array.from(VOLUME.hu, (hu) => Number(hu === 77));
const RULES = { labels: 3 };

function writeCase(name: string, labels = LABELS, geometry: GridGeometry = VOLUME.geometry): TrainingCase {
  mkdirSync(path.join(folder, name), { recursive: true });
  const files = { image: path.join(folder, name, 'imaging.nii.gz'), truth: path.join(folder, name, 'segmentation.nii.gz') };
  writeFileSync(files.image, writeNiftiVolume(VOLUME));
  writeFileSync(files.truth, writeNiftiLabels(createLabelMap(geometry, labels), KIDNEY_ENET_CASCADE.labels));
  return { id: name, patient: name, format: 'nifti', ...files };
}

/** The mask's grid, its first voxel `mm` further along i. */
function shifted(mm: number): GridGeometry {
  const { sizeVoxels, voxelToWorld } = VOLUME.geometry;
  return { sizeVoxels, voxelToWorld: voxelToWorld.map((value, n) => (n === 3 ? value + mm : value)) };
}

function writePicture(name: string, image: Uint8Array, mask: Uint8Array): TrainingCase {
  const files = { image: path.join(folder, `${name}.npy`), truth: path.join(folder, `${name}_mask.npy`) };
  writeFileSync(files.image, image);
  writeFileSync(files.truth, mask);
  return { id: name, patient: name, format: 'numpy', ...files };
}

describe('reading a case', () => {
  it('gives image and mask as they were written', async () => {
    const read = (await readCase(writeCase('plain'), RULES)) as LabelledVolume;
    expect(read.volume.hu).toEqual(VOLUME.hu);
    expect(read.truth.labels).toEqual(LABELS);
    expect(read.volume.geometry.voxelToWorld).toEqual(VOLUME.geometry.voxelToWorld);
  });

  it('refuses a case without a mask, and says nothing about where it lies', async () => {
    const files = writeCase('without');
    rmSync(files.truth);
    const refusal: unknown = await readCase(files, RULES).catch((thrown: unknown) => thrown);
    expect(refusal).toMatchObject({ code: 'INPUT_NOT_FOUND' });
    expect((refusal as Error).message).not.toContain('without');
  });

  it('refuses a file that cannot be read as what it is', async () => {
    const files = writeCase('broken');
    writeFileSync(files.image, 'not a picture');
    await expect(readCase(files, RULES)).rejects.toMatchObject({ code: 'INPUT_TRUNCATED' });
  });

  it('refuses a mask of another size', async () => {
    const geometry = { ...VOLUME.geometry, sizeVoxels: [4, 3, 1] as const };
    await expect(readCase(writeCase('thin', LABELS.slice(0, 12), geometry), RULES)).rejects.toMatchObject({
      code: 'GEOMETRY_INVALID',
    });
  });

  it('refuses a mask that does not lie on the image: shifted, mirrored, or spaced otherwise', async () => {
    const { sizeVoxels, voxelToWorld } = VOLUME.geometry;
    const mirrored = { sizeVoxels, voxelToWorld: voxelToWorld.map((value, n) => (n === 0 ? -value : value)) };
    const spaced = { sizeVoxels, voxelToWorld: voxelToWorld.map((value, n) => (n === 10 ? value * 2 : value)) };
    for (const [name, geometry] of Object.entries({ shifted: shifted(1), mirrored, spaced })) {
      await expect(readCase(writeCase(name, LABELS, geometry), RULES)).rejects.toMatchObject({ code: 'GEOMETRY_INVALID' });
    }
  });

  it('takes a mask whose place was only rounded, and puts it on the image’s grid', async () => {
    const read = (await readCase(writeCase('rounded', LABELS, shifted(0.01)), RULES)) as LabelledVolume;
    expect(read.truth.geometry.voxelToWorld).toEqual(VOLUME.geometry.voxelToWorld);
  });

  it('refuses a label that the recipe does not know, and names it and the way out', async () => {
    const files = writeCase(
      'cyst',
      LABELS.map((label) => label * 3),
    );
    await expect(readCase(files, RULES)).rejects.toMatchObject({
      code: 'LABEL_UNKNOWN',
      message: 'The mask holds label 3; the recipe knows 0 … 2. Say what they are with --truth-label NUMBER=NAME.',
    });
  });

  it('renames labels where the user says so; others become background', async () => {
    const labels = LABELS.map((label, n) => (label === 1 ? 3 : n === 0 ? 2 : 0));
    const renamed = new Map([[3, 2]]);
    const read = (await readCase(writeCase('renamed', labels), { labels: 3, renamed })) as LabelledVolume;
    expect(read.truth.labels).toEqual(LABELS.map((label) => label * 2));
  });
});

describe('reading a slice of NumPy files', () => {
  const values = Array.from({ length: 12 }, (_, n) => n / 8);
  const mask = [0, 0, 1, 1, 0, 1];

  it('gives the channels one after another, as they are stored, and the mask', async () => {
    const files = writePicture('colour', npy('<f4', [3, 2, 2], values), npy('|u1', [3, 2], mask));
    expect(await readCase(files, RULES)).toEqual({
      kind: 'picture',
      sizePixels: [2, 3],
      channels: 2,
      values: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25, 0.125, 0.375, 0.625, 0.875, 1.125, 1.375),
      labels: Uint8Array.from(mask),
    });
  });

  it('takes a mask of 0 and 255 for one of 0 and 1, and one with a channel axis', async () => {
    const image = npy('<f8', [3, 2], values.slice(0, 6));
    const white = npy(
      '|u1',
      [3, 2, 1],
      mask.map((value) => value * 255),
    );
    expect(await readCase(writePicture('white', image, white), RULES)).toMatchObject({ labels: Uint8Array.from(mask) });
  });

  it('refuses what is no slice, no mask, or no number, each with its own words', async () => {
    const image = npy('<f4', [3, 2], values.slice(0, 6));
    const good = npy('|u1', [3, 2], mask);
    const bad: readonly (readonly [string, Uint8Array, Uint8Array, string, string])[] = [
      ['stack', npy('<f4', [1, 2, 6], values), good, 'NPY_UNSUPPORTED', 'height × width'],
      ['size', image, npy('|u1', [2, 3], mask), 'GEOMETRY_INVALID', 'same size'],
      ['soft', image, npy('<f4', [3, 2], [0, 0, 0.5, 1, 0, 0]), 'NPY_UNSUPPORTED', 'whole numbers'],
      ['channels', image, npy('|u1', [3, 2, 2], [...mask, ...mask]), 'NPY_UNSUPPORTED', 'one channel'],
      ['nan', npy('<f4', [3, 2], [0, 1, 2, Number.NaN, 4, 5]), good, 'NPY_UNSUPPORTED', 'finite'],
      ['label', image, npy('|u1', [3, 2], [0, 0, 9, 0, 0, 0]), 'LABEL_UNKNOWN', 'label 9'],
    ];
    for (const [name, picture, truth, code, words] of bad) {
      await expect(readCase(writePicture(name, picture, truth), RULES), name).rejects.toMatchObject({
        code,
        message: expect.stringContaining(words),
      });
    }
  });
});

it('a voxel of these tests is a millimetre wide, so that shifts are what they say', () => {
  expect(VOLUME.geometry.voxelToWorld.slice(0, 3)).toEqual(
    affineFromColumns([1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]).slice(0, 3),
  );
});
