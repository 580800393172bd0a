/**
 * A phantom → its files, in the layout that the recipes of its organ read:
 *
 * - `nifti`: `case_00000/imaging.nii.gz` and `segmentation.nii.gz` as KiTS has it; of livers `volume-0.nii.gz` and
 *   `segmentation-0.nii.gz` as LiTS has it.
 * - `numpy`: `images/case_00000_slice_00.npy` and `masks/…`.
 * - `dicom`: `case_00000/0001.dcm` …, with the truth apart in `truth/case_00000.nii.gz`, so that a case's folder can be dropped
 *   into a watched folder as it is.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LabelTable } from '../../core/label-table.ts';
import { writeCtSeries } from '../../formats/dicom/write-instance.ts';
import { writeNiftiLabels, writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import { encodeNpy } from '../../formats/npy/write-npy.ts';
import { KIDNEY_LABELS, LIVER_LABELS, ONLY_TUMOUR } from '../../train/recipes/labels.ts';
import { ABDOMEN_TRUTH_LABELS } from '../../train/synthesis/abdomen-truth.ts';
import type { Phantom, PhantomOrgan } from '../../train/synthesis/phantom.ts';
import { HEAD_WINDOWS, slicePicture } from './slice-pictures.ts';

export const PHANTOM_FORMATS = ['nifti', 'dicom', 'numpy'] as const;

export type PhantomFormat = (typeof PHANTOM_FORMATS)[number];

export interface PhantomPlace {
  readonly out: string;
  readonly organ: PhantomOrgan;
  /** Counts up from 0. */
  readonly number: number;
}

const LABELS: Readonly<Record<PhantomOrgan, LabelTable>> = {
  kidney: KIDNEY_LABELS,
  liver: LIVER_LABELS,
  abdomen: ABDOMEN_TRUTH_LABELS,
  brain: [ONLY_TUMOUR],
  head: ABDOMEN_TRUTH_LABELS,
};

/** Each returns the case's name. */
const WRITERS: Readonly<Record<PhantomFormat, (phantom: Phantom, place: PhantomPlace) => Promise<string>>> = {
  nifti: writeNifti,
  dicom: writeDicom,
  numpy: writeNumpy,
};

/** @returns the case's name. */
export function writePhantom(phantom: Phantom, place: PhantomPlace, format: PhantomFormat): Promise<string> {
  return WRITERS[format](phantom, place);
}

function caseName({ number }: PhantomPlace): string {
  return `case_${String(number).padStart(5, '0')}`;
}

async function writeNifti({ volume, truth }: Phantom, place: PhantomPlace): Promise<string> {
  const { out, organ, number } = place;
  const name = organ === 'liver' ? `volume-${number}` : caseName(place);
  const [image, mask] = organ === 'liver' ? [name, `segmentation-${number}`] : [join(name, 'imaging'), join(name, 'segmentation')];
  await write(join(out, `${image}.nii.gz`), writeNiftiVolume(volume));
  await write(join(out, `${mask}.nii.gz`), writeNiftiLabels(truth, LABELS[organ]));
  return name;
}

async function writeDicom({ volume, truth, facts }: Phantom, place: PhantomPlace): Promise<string> {
  const { out, organ } = place;
  const name = caseName(place);
  const files = writeCtSeries(volume, {
    seed: facts.seed,
    seriesDescription: facts.phase === undefined ? 'Phantom' : `Phantom, ${facts.phase} phase`,
    convolutionKernel: 'STANDARD',
  });
  for (const [k, bytes] of files.entries()) await write(join(out, name, `${String(k + 1).padStart(4, '0')}.dcm`), bytes);
  await write(join(out, 'truth', `${name}.nii.gz`), writeNiftiLabels(truth, LABELS[organ]));
  return name;
}

async function writeNumpy({ volume, truth }: Phantom, place: PhantomPlace): Promise<string> {
  const { out } = place;
  const [width, height, slices] = volume.geometry.sizeVoxels;
  for (let k = 0; k < slices; k++) {
    const name = `${caseName(place)}_slice_${String(k).padStart(2, '0')}.npy`;
    const mask = truth.labels.slice(k * width * height, (k + 1) * width * height);
    await write(join(out, 'images', name), encodeNpy(slicePicture(volume, k), [height, width, HEAD_WINDOWS.length]));
    await write(join(out, 'masks', name), encodeNpy(mask, [height, width]));
  }
  return caseName(place);
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes);
}
