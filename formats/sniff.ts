/**
 * First bytes and name of a file → which format it is. Bytes decide; the name only where they cannot.
 * @module
 */
import { findEncoding } from './dicom/find-encoding.ts';
import { gunzipStart, isGzip } from './gzip.ts';
import { hasNiftiMark } from './nifti/read-nifti.ts';

/** `nifti-image` is the `.img` of a pair: voxels without any mark. */
export type FileFormat = 'dicom' | 'nifti' | 'nifti-image' | 'unknown';

/** How many bytes {@link sniff} wants to see. */
export const SNIFF_BYTES = 16_384;

/**
 * @param start - The first {@link SNIFF_BYTES} bytes, or all of a shorter file.
 * @param name - The file's name.
 */
export function sniff(start: Uint8Array, name: string): FileFormat {
  if (hasNiftiMark(start) || holdsGzippedNifti(start)) return 'nifti';
  // A NIfTI that is cut within its header or damaged has no mark: by its name, its reader can say what is wrong.
  if (/\.nii(\.gz)?$/i.test(name)) return 'nifti';
  if (findEncoding(start)) return 'dicom';
  if (/\.img(\.gz)?$/i.test(name)) return 'nifti-image';
  return 'unknown';
}

function holdsGzippedNifti(start: Uint8Array): boolean {
  if (!isGzip(start)) return false;
  try {
    return hasNiftiMark(gunzipStart(start));
  } catch {
    return false;
  }
}
