/**
 * NIfTI-1 and -2 files (`.nii`, `.nii.gz`, `.hdr` + `.img`) → volumes and label maps. The only file that knows
 * nifti-reader-js. What a header claims is checked against the length of the file before anything is allocated.
 * Sources: nifti1.h, nifti2.h.
 * @module
 */
import { constants } from 'node:buffer';
import { isNIFTI1, isNIFTI2, readHeader } from 'nifti-reader-js';
import { VoxwatchError } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import {
  createGeometry,
  createLabelMap,
  createVolume,
  type GridGeometry,
  type LabelMap,
  type Volume,
  voxelCount,
} from '../../core/volume.ts';
import { gunzip, gunzipStart, isGzip, MAX_DEFLATE_RATIO } from '../gzip.ts';
import { EXTENSION_FLAG_BYTES, HEADER_LAYOUTS, type NiftiVersion, SPATIAL_UNITS_MASK } from './header-layout.ts';
import { contentFindings, orientationFindings } from './nifti-findings.ts';
import { affineOfSpace, type NiftiSpace } from './nifti-space.ts';
import { bytesPerVoxel, type StoredVoxels, toHu, toLabels } from './voxel-types.ts';

/** Enough of the file, compressed or not, to read any header from. */
export const HEADER_START_BYTES = 16_384;

/** What a compressed file may hold beyond what its header announces, e.g. padding at the end. */
const SLACK_BYTES = 1 << 20;

/** The longest file, uncompressed, that is read; with the slack it must stay below what zlib and a Buffer can hold. */
export const MAX_NIFTI_BYTES = Math.min(constants.MAX_LENGTH, 2 ** 32) - 2 * SLACK_BYTES;

/** What a header says, checked. */
export interface NiftiHeader {
  readonly geometry: GridGeometry;
  readonly space: NiftiSpace;
  /** Whether the voxels lie in a separate `.img` file. */
  readonly isPair: boolean;
  readonly littleEndian: boolean;
  readonly datatype: number;
  readonly slope: number;
  readonly intercept: number;
  /** Where the voxels start in their file, uncompressed. */
  readonly dataOffset: number;
  /** Length of the file that holds the voxels, uncompressed: offset + voxels. */
  readonly expectedBytes: number;
  readonly findings: readonly Finding[];
}

/** A CT volume with what its header says about its place. */
export interface NiftiVolume {
  readonly volume: Volume;
  /** To be handed to the writers, so that results carry the same orientation fields. */
  readonly space: NiftiSpace;
  readonly findings: readonly Finding[];
}

/**
 * Reads a CT volume.
 * @param bytes - The whole file, gzipped or not; of a pair, the `.hdr`.
 * @param image - Of a pair, the `.img`.
 * @returns HU rounded and clamped to int16, after `scl_slope` and `scl_inter`; not-a-number becomes −1024. The voxels
 *   may share memory with `bytes`. Bytes after the voxels are ignored, as nibabel does, with a finding; in a compressed
 *   file there may be 1 MiB of them.
 * @throws {VoxwatchError} `INPUT_TRUNCATED`, `INPUT_CORRUPT`, `INPUT_TOO_LARGE`, `NIFTI_INVALID` (the header makes no
 *   sense), `NIFTI_UNSUPPORTED` (colour, complex, several volumes), `GEOMETRY_INVALID`.
 */
export function readNifti(bytes: Uint8Array, image?: Uint8Array): NiftiVolume {
  const header = readNiftiHeader(bytes);
  const { stored, trailingBytes } = storedVoxels(header, bytes, image);
  const converted = toHu(stored);
  return {
    volume: createVolume(header.geometry, converted.hu),
    space: header.space,
    findings: [...header.findings, ...contentFindings(converted, trailingBytes)],
  };
}

/**
 * Reads a label map.
 * @param bytes - As for {@link readNifti}.
 * @throws {VoxwatchError} as {@link readNifti}; `NIFTI_UNSUPPORTED` also for values other than 0 … 255.
 */
export function readNiftiLabels(bytes: Uint8Array): LabelMap {
  const header = readNiftiHeader(bytes);
  return createLabelMap(header.geometry, toLabels(storedVoxels(header, bytes).stored));
}

/** Whether bytes, not compressed, carry the mark of NIfTI-1 or -2. */
export function hasNiftiMark(start: Uint8Array): boolean {
  // A copy: `slice` of a Node Buffer would be a view into a shared pool.
  const { buffer } = new Uint8Array(start.subarray(0, HEADER_LAYOUTS[2].headerBytes));
  return isNIFTI1(buffer, true) || isNIFTI2(buffer, true);
}

/**
 * Reads a header alone.
 * @param start - The file, or its first {@link HEADER_START_BYTES} bytes; gzipped or not.
 * @throws {VoxwatchError} as {@link readNifti}.
 */
export function readNiftiHeader(start: Uint8Array): NiftiHeader {
  const bytes = isGzip(start) ? gunzipStart(start.subarray(0, HEADER_START_BYTES)) : start;
  const { version, fields } = parseHeader(bytes);
  const sizeVoxels = sizeOf(fields.dims);
  const layout = HEADER_LAYOUTS[version];
  const space = spaceOf(bytes, version, fields);
  const isPair = fields.magic.startsWith('ni');
  const dataOffset = dataOffsetOf(fields.vox_offset, isPair ? 0 : layout.headerBytes + EXTENSION_FLAG_BYTES);
  // Voxels are counted (and limited) by createGeometry before their bytes are.
  const geometry = createGeometry({ sizeVoxels, voxelToWorld: affineOfSpace(space, sizeVoxels) });
  const expectedBytes = dataOffset + voxelCount(geometry) * bytesPerVoxel(fields.datatypeCode);
  if (expectedBytes > MAX_NIFTI_BYTES) {
    throw new VoxwatchError('INPUT_TOO_LARGE', `The image needs ${expectedBytes} bytes; the limit is ${MAX_NIFTI_BYTES}.`);
  }
  return {
    geometry,
    space,
    isPair,
    littleEndian: fields.littleEndian,
    datatype: fields.datatypeCode,
    ...scalingOf(fields),
    dataOffset,
    expectedBytes,
    findings: orientationFindings(space, sizeVoxels),
  };
}

type HeaderFields = ReturnType<typeof readHeader>;

function parseHeader(bytes: Uint8Array): { version: NiftiVersion; fields: HeaderFields } {
  // A copy: `slice` of a Node Buffer would be a view into a shared pool.
  const { buffer } = new Uint8Array(bytes.subarray(0, HEADER_LAYOUTS[2].headerBytes));
  const version = isNIFTI1(buffer, true) ? 1 : isNIFTI2(buffer, true) ? 2 : undefined;
  if (version === undefined) {
    if (bytes.length < HEADER_LAYOUTS[1].headerBytes) throw truncated(HEADER_LAYOUTS[1].headerBytes, bytes.length);
    throw invalid('it does not carry the NIfTI mark');
  }
  const { headerBytes } = HEADER_LAYOUTS[version];
  if (bytes.length < headerBytes) throw truncated(headerBytes, bytes.length);
  try {
    // Exactly the header: with more bytes the library would also parse extensions, whose lengths may lie.
    return { version, fields: readHeader(buffer.slice(0, headerBytes), true) };
  } catch (thrown) {
    throw new VoxwatchError('NIFTI_INVALID', 'The NIfTI header cannot be read.', {}, thrown);
  }
}

/** i, j, k of a 2-D or 3-D image; further dimensions must be 1. */
function sizeOf(dims: readonly number[]): [number, number, number] {
  const rank = dims[0] as number;
  if (!(rank >= 1 && rank <= 7)) throw invalid(`it announces ${rank} dimensions`);
  const sizes = dims.slice(1, rank + 1);
  if (sizes.some((n) => !Number.isSafeInteger(n) || n < 1)) throw invalid('a dimension is not a positive whole number');
  const volumes = sizes.slice(3).reduce((product, n) => product * n, 1);
  if (volumes > 1) {
    throw new VoxwatchError('NIFTI_UNSUPPORTED', `One file must hold one volume; this one holds ${volumes}.`, { volumes });
  }
  return [sizes[0] as number, sizes[1] ?? 1, sizes[2] ?? 1];
}

function spaceOf(bytes: Uint8Array, version: NiftiVersion, fields: HeaderFields): NiftiSpace {
  const { srowX, floatBytes } = HEADER_LAYOUTS[version];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The library keeps only the form that it prefers; a mask must carry both.
  const srow = Array.from({ length: 12 }, (_, n) =>
    floatBytes === 4 ? view.getFloat32(srowX + 4 * n, fields.littleEndian) : view.getFloat64(srowX + 8 * n, fields.littleEndian),
  );
  const [qfac, x, y, z] = fields.pixDims as [number, number, number, number];
  return {
    version,
    units: fields.xyzt_units & SPATIAL_UNITS_MASK,
    qfac,
    voxelSize: [x, y, z],
    qformCode: fields.qform_code,
    sformCode: fields.sform_code,
    quaternion: [fields.quatern_b, fields.quatern_c, fields.quatern_d],
    offset: [fields.qoffset_x, fields.qoffset_y, fields.qoffset_z],
    srow,
  };
}

/** nifti1.h: a slope of 0 means "not scaled"; one that is no number is taken for that too, as nibabel does. */
function scalingOf({ scl_slope: slope, scl_inter: intercept }: HeaderFields): { slope: number; intercept: number } {
  if (slope === 0 || !Number.isFinite(slope)) return { slope: 1, intercept: 0 };
  if (!Number.isFinite(intercept)) throw invalid('it has a slope, but its intercept is not a number');
  return { slope, intercept };
}

/** @param first - Where voxels can start at the earliest; an offset of 0 means just that. */
function dataOffsetOf(offset: number, first: number): number {
  if (offset === 0) return first;
  if (Number.isInteger(offset) && offset >= first) return offset;
  throw invalid(`its voxels cannot start at byte ${offset}`);
}

function storedVoxels(header: NiftiHeader, bytes: Uint8Array, image?: Uint8Array): { stored: StoredVoxels; trailingBytes: number } {
  if (header.isPair && !image) throw invalid('it is the header of a pair whose image file is missing');
  const file = header.isPair && image ? image : bytes;
  const { expectedBytes } = header;
  if (isGzip(file) && expectedBytes > file.length * MAX_DEFLATE_RATIO)
    throw truncated(expectedBytes, file.length * MAX_DEFLATE_RATIO);
  const content = isGzip(file) ? gunzip(file, expectedBytes, SLACK_BYTES) : file;
  if (content.length < expectedBytes) throw truncated(expectedBytes, content.length);
  const stored = { ...header, bytes: content.subarray(header.dataOffset, expectedBytes) };
  return { stored, trailingBytes: content.length - expectedBytes };
}

function truncated(expected: number, found: number): VoxwatchError {
  return new VoxwatchError('INPUT_TRUNCATED', `The file breaks off: ${expected} bytes are announced, ${found} are there.`, {
    expected,
    found,
  });
}

function invalid(why: string): VoxwatchError {
  return new VoxwatchError('NIFTI_INVALID', `This is not a valid NIfTI file: ${why}.`);
}
