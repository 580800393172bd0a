/**
 * Finds the real files that tests use where they are at hand. In CI they must be: a missing folder fails there.
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..', process.env.VOXWATCH_SHARED_DATA ?? '../shared/data');
/** Whether the data is not at hand. */
const isMissing = !existsSync(path.join(root, 'expected.json'));

if (isMissing && process.env.CI) throw new Error('the shared test data is missing, and tests never skip it in CI');

/** A `describe` that is skipped, and says so, where the shared data is not at hand. */
export const describeWithSharedData = isMissing ? describe.skip : describe;

export function sharedPath(name: string): string {
  return path.join(root, name);
}

export function sharedBytes(name: string): Uint8Array {
  return readFileSync(sharedPath(name));
}

/** What pydicom and nibabel read of the shared data. */
export interface ExpectedData {
  readonly dicom_series: Readonly<
    Record<
      string,
      { readonly n: number; readonly hu_sha256: string; readonly steps_mm: readonly number[]; readonly stack_vs_normal_deg: number }
    >
  >;
  readonly dicom_files: Readonly<Record<string, { readonly hu_sha256?: string; readonly transfer_syntax?: string }>>;
  readonly nifti: Readonly<
    Record<
      string,
      {
        readonly readable: boolean;
        readonly shape?: readonly number[];
        readonly datatype?: number;
        readonly axcodes?: string;
        readonly affine?: readonly (readonly number[])[];
        readonly min?: number;
        readonly max?: number;
        readonly mean?: number;
        readonly raw_scl?: readonly [number, number];
        readonly labels_voxels?: Readonly<Record<string, number>>;
      }
    >
  >;
}

export function expectedData(): ExpectedData {
  if (isMissing) return { dicom_series: {}, dicom_files: {}, nifti: {} };
  return JSON.parse(readFileSync(path.join(root, 'expected.json'), 'utf8')) as ExpectedData;
}

/** Digest of HU as int16 little endian, as `expected.json` holds it. */
export function huDigest(hu: Int16Array): string {
  return createHash('sha256')
    .update(new Uint8Array(hu.buffer, hu.byteOffset, hu.byteLength))
    .digest('hex');
}
