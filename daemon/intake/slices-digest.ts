/**
 * Slices of a series → a digest by which the same ones are found again in the same files.
 * @module
 */
import type { DicomInstance } from '../../formats/dicom/instance.ts';
import { shortDigest } from './series-name.ts';

/** 16 hex digits over the names of the slices, in any order. */
export function slicesDigest(instances: readonly DicomInstance[]): string {
  const names = instances.map(({ sopInstanceUid, frameIndex }) => `${sopInstanceUid}/${frameIndex}`);
  return shortDigest(names.sort().join('\n'), 16);
}
