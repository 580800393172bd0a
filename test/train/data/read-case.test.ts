import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLabelMap } from '../../../core/volume.ts';
import { writeNiftiLabels, writeNiftiVolume } from '../../../formats/nifti/write-nifti.ts';
import { listKitsCases, readCase, type TrainingCase } from '../../../train/data/kits-layout.ts';
import { KIDNEY_ENET_CASCADE } from '../../../train/recipes/kidney-enet-cascade.ts';
import { makeVolume } from '../../runtime/make-volume.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'voxwatch-kits-'));
afterAll(() => rmSync(folder, { recursive: true }));

const VOLUME = makeVolume([4, 3, 2], [{ from: [1, 1, 0], to: [3, 2, 2], hu: 77 }]);
const LABELS = Uint8Array.from(VOLUME.hu, (hu) => Number(hu === 77));

function writeCase(name: string, maskSlices = 2): TrainingCase {
  mkdirSync(path.join(folder, name), { recursive: true });
  const geometry = { ...VOLUME.geometry, sizeVoxels: [4, 3, maskSlices] as const };
  const files = {
    name,
    imaging: path.join(folder, name, 'imaging.nii.gz'),
    segmentation: path.join(folder, name, 'segmentation.nii.gz'),
  };
  writeFileSync(files.imaging, writeNiftiVolume(VOLUME));
  const truth = createLabelMap(geometry, LABELS.slice(0, 12 * maskSlices));
  writeFileSync(files.segmentation, writeNiftiLabels(truth, KIDNEY_ENET_CASCADE.labels));
  return files;
}

beforeAll(() => {
  writeCase('case_00010');
  writeCase('case_00002');
  mkdirSync(path.join(folder, 'other'));
  writeFileSync(path.join(folder, 'case_notes.txt'), 'not a case');
});

describe('the KiTS layout', () => {
  it('lists the case folders by name, and nothing else', async () => {
    const cases = await listKitsCases([folder]);
    expect(cases.map(({ name }) => name)).toEqual(['case_00002', 'case_00010']);
  });

  it('reads a case as it was written', async () => {
    const [first] = await listKitsCases([folder]);
    const { volume, truth } = await readCase(first as TrainingCase);
    expect(volume.hu).toEqual(VOLUME.hu);
    expect(truth.labels).toEqual(LABELS);
    expect(volume.geometry.voxelToWorld).toEqual(VOLUME.geometry.voxelToWorld);
  });

  it('refuses a folder without cases, and one that is not there', async () => {
    await expect(listKitsCases([path.join(folder, 'other')])).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
    await expect(listKitsCases([path.join(folder, 'nowhere')])).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });

  it('refuses a case without a mask, and says nothing about where it lies', async () => {
    const files = writeCase('case_00003');
    rmSync(files.segmentation);
    const refusal: unknown = await readCase(files).catch((thrown: unknown) => thrown);
    expect(refusal).toMatchObject({ code: 'INPUT_NOT_FOUND' });
    expect((refusal as Error).message).not.toContain('case_00003');
  });

  it('refuses a mask of another size', async () => {
    await expect(readCase(writeCase('case_00004', 1))).rejects.toMatchObject({ code: 'GEOMETRY_INVALID' });
  });
});
