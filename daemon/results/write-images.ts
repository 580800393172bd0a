/**
 * What is large in a result: the mask and the pictures.
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabelTable } from '../../core/label-table.ts';
import type { LabelMap, Volume } from '../../core/volume.ts';
import type { NiftiSpace } from '../../formats/nifti/nifti-space.ts';
import { streamNiftiLabels } from '../../formats/nifti/write-nifti.ts';
import type { OverlayChoice } from '../job/job.ts';
import { pictureSource } from './slice-picture.ts';
import { writePictures } from './write-pictures.ts';

/** Name of the label map in a result. */
export const MASK_FILE = 'mask.nii.gz';

/** What mask and pictures are made of. Plain data. */
export interface ResultImages {
  readonly volume: Volume;
  /** On the volume's grid. */
  readonly labelMap: LabelMap;
  readonly labels: LabelTable;
  /** Of the NIfTI it came from. */
  readonly niftiSpace?: NiftiSpace;
  readonly overlays: OverlayChoice;
}

/**
 * Writes them.
 * @param folder - Exists.
 * @param onPicture - Called as overlays are done.
 */
export type WriteImages = (folder: string, images: ResultImages, onPicture: (done: number, total: number) => void) => Promise<void>;

export const writeImages: WriteImages = async (folder, { volume, labelMap, labels, niftiSpace, overlays }, onPicture) => {
  const source = pictureSource(volume, labelMap, labels);
  // The mask is compressed in other threads while this one draws.
  await allToTheirEnd([
    writeFile(join(folder, MASK_FILE), streamNiftiLabels(labelMap, labels, niftiSpace)),
    writePictures(folder, source, overlays, onPicture),
  ]);
};

/** Waits for all, so that nothing writes into a folder that is being removed; then throws the first failure. */
async function allToTheirEnd(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}
