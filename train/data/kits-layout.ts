/**
 * The KiTS layout: `case_XXXXX/imaging.nii.gz` beside `segmentation.nii.gz`, one folder a patient.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asVoxwatchError, VoxwatchError } from '../../core/errors.ts';
import type { LabelMap, Volume } from '../../core/volume.ts';
import { readNifti, readNiftiLabels } from '../../formats/nifti/read-nifti.ts';

export interface TrainingCase {
  readonly name: string;
  readonly imaging: string;
  readonly segmentation: string;
}

export interface LabelledVolume {
  readonly volume: Volume;
  readonly truth: LabelMap;
}

/**
 * Cases below the folders, sorted by folder and name.
 * @throws {VoxwatchError} `INPUT_EMPTY` if there is none.
 */
export async function listKitsCases(folders: readonly string[]): Promise<TrainingCase[]> {
  const cases: TrainingCase[] = [];
  for (const folder of folders) {
    const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
      throw new VoxwatchError('INPUT_NOT_FOUND', 'The data folder cannot be read.', {}, cause);
    });
    const names = entries.filter((entry) => entry.isDirectory() && entry.name.startsWith('case_')).map((entry) => entry.name);
    for (const name of names.sort()) {
      cases.push({ name, imaging: join(folder, name, 'imaging.nii.gz'), segmentation: join(folder, name, 'segmentation.nii.gz') });
    }
  }
  if (cases.length === 0)
    throw new VoxwatchError('INPUT_EMPTY', 'There are no case_* folders in the data folder: this is not the KiTS layout.');
  return cases;
}

/**
 * Reads a case.
 * @throws {VoxwatchError} as the readers do; `GEOMETRY_INVALID` if image and mask differ in size.
 */
export async function readCase({ imaging, segmentation }: TrainingCase): Promise<LabelledVolume> {
  const read = (file: string): Promise<Uint8Array> =>
    readFile(file).catch((cause: unknown) => {
      throw new VoxwatchError(
        'INPUT_NOT_FOUND',
        'A file of this case is missing or cannot be read.',
        { reason: asVoxwatchError(cause).code },
        cause,
      );
    });
  const { volume } = readNifti(await read(imaging));
  const truth = readNiftiLabels(await read(segmentation));
  const [a, b] = [volume.geometry.sizeVoxels, truth.geometry.sizeVoxels];
  if (a.join() !== b.join()) {
    throw new VoxwatchError(
      'GEOMETRY_INVALID',
      `Image and mask of a case must have the same size; they have ${a.join(' × ')} and ${b.join(' × ')}.`,
    );
  }
  return { volume, truth };
}
