/**
 * Well-formed inputs that the fuzz run starts from: small ones made by our own writers, and real ones where the shared
 * data lies beside the project.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { affineFromColumns } from '../../core/affine.ts';
import { createVolume, type Volume } from '../../core/volume.ts';
import { writeCtSeries } from '../../formats/dicom/write-instance.ts';
import { spaceFromAffine } from '../../formats/nifti/nifti-space.ts';
import { writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import { transcode } from './transcode.ts';

/** A series of DICOM files, or one NIfTI (uncompressed; of a pair header and image). */
export interface Seed {
  readonly kind: 'dicom' | 'nifti';
  readonly name: string;
  readonly files: readonly Uint8Array[];
}

/** Real files, each with a way of storing that our writers do not have. */
const REAL_DICOM = [
  'transfer-syntax/CT_small.dcm',
  'transfer-syntax/CTImage.dcm_RLELosslessTransferSyntax_1.2.840.10008.1.2.5.dcm',
  'transfer-syntax/CTImage.dcm_BigEndianExplicitTransferSyntax_1.2.840.10008.1.2.2.dcm',
];
/** Real files for the decoders of image codecs, which are not ours. */
const REAL_COMPRESSED = [
  'transfer-syntax/CT2_HTJ2K_lossless.dcm',
  'transfer-syntax/CTImage.dcm_JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90.dcm',
  'transfer-syntax/CTImage.dcm_JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80.dcm',
  'transfer-syntax/CTImage.dcm_JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70.dcm',
  'transfer-syntax/CTImage.dcm_JPEGProcess1TransferSyntax_1.2.840.10008.1.2.4.50.dcm',
];
const REAL_NIFTI = ['nifti/nibabel/anatomical.nii', 'nifti/nifti-rs/27/int64.nii', 'nifti/nifti-rs/27/float32.nii'];

/** Where real files lie, and whether those with image codecs are wanted. */
export interface RealFiles {
  /** Folder of the real files; they are left out where it is missing. */
  readonly sharedData?: string;
  readonly withCodecs?: boolean;
}

export function makeSeeds({ sharedData, withCodecs }: RealFiles = {}): Seed[] {
  const series = writeCtSeries(smallVolume(), {
    seed: 'fuzz',
    seriesDescription: 'fuzz',
    convolutionKernel: 'B',
    paddingHu: -2000,
  });
  const nifti1 = gunzipSync(writeNiftiVolume(smallVolume()));
  const nifti2 = gunzipSync(
    writeNiftiVolume(smallVolume(), { ...spaceFromAffine(smallVolume().geometry.voxelToWorld), version: 2 }),
  );
  const seeds: Seed[] = [
    { kind: 'dicom', name: 'explicit', files: series },
    { kind: 'dicom', name: 'implicit', files: series.map((file) => transcode(file, 'implicit')) },
    { kind: 'dicom', name: 'deflated', files: series.map((file) => transcode(file, 'deflated')) },
    { kind: 'dicom', name: 'rle', files: series.map((file) => transcode(file, 'rle')) },
    { kind: 'nifti', name: 'nifti-1', files: [nifti1] },
    { kind: 'nifti', name: 'nifti-2', files: [nifti2] },
    { kind: 'nifti', name: 'pair', files: pairOf(nifti1) },
  ];
  if (!sharedData || !existsSync(sharedData)) return seeds;
  const real = (kind: Seed['kind']) => (name: string) => {
    const file = path.join(sharedData, name);
    return existsSync(file) ? [{ kind, name: path.basename(name), files: [readFileSync(file)] }] : [];
  };
  return [
    ...seeds,
    ...REAL_DICOM.flatMap(real('dicom')),
    ...(withCodecs ? REAL_COMPRESSED.flatMap(real('dicom')) : []),
    ...REAL_NIFTI.flatMap(real('nifti')),
  ];
}

function smallVolume(): Volume {
  const sizeVoxels = [16, 12, 5] as const;
  return createVolume(
    { sizeVoxels, voxelToWorld: affineFromColumns([0.7, 0, 0], [0, 0.8, 0], [0, 0.3, 2.5], [-100.5, -90.25, 33]) },
    Int16Array.from({ length: 16 * 12 * 5 }, (_, n) => ((n * 7919) % 4000) - 1000),
  );
}

/** The same image as `.hdr` and `.img`: other magic, voxels from byte 0. */
function pairOf(single: Buffer): Uint8Array[] {
  const header = Buffer.from(single.subarray(0, 352));
  header.write('ni1', 344, 'latin1');
  header.writeFloatLE(0, 108);
  return [header, single.subarray(352)];
}
