/**
 * Volumes and label maps → gzipped NIfTI files. Same input, same bytes.
 * Source: nifti1.h, nifti2.h.
 * @module
 */
import type { LabelTable } from '../../core/label-table.ts';
import type { GridGeometry, LabelMap, Volume } from '../../core/volume.ts';
import { gzip, gzipStream } from '../gzip-writer.ts';
import { EXTENSION_FLAG_BYTES, HEADER_LAYOUTS, UNITS_MM } from './header-layout.ts';
import { type NiftiSpace, spaceFromAffine } from './nifti-space.ts';

/** Codes of what we write: `datatype`, bits a voxel, `intent_code` (0 none, 1002 label indices). */
const INT16 = { datatype: 4, bitpix: 16, intent: 0 } as const;
const LABELS = { datatype: 2, bitpix: 8, intent: 1002 } as const;

/** Header extension code for plain text. */
const EXTENSION_COMMENT = 6;

/** The largest dimension that a NIfTI-1 header can hold. */
const MAX_NIFTI1_DIMENSION = 32767;

/**
 * Writes a CT volume.
 * @param volume - int16 HU, i fastest.
 * @param space - Orientation fields of the NIfTI it came from: they are carried on unchanged. Without them, sform and
 *   (where it can) qform follow from the geometry.
 * @returns a `.nii.gz` file: int16, no scaling.
 */
export function writeNiftiVolume(volume: Volume, space?: NiftiSpace): Uint8Array {
  return gzip(volumeParts(volume, space), 1);
}

/** As {@link writeNiftiVolume}, piece by piece and on several threads: for volumes as scanners make them. */
export function streamNiftiVolume(volume: Volume, space?: NiftiSpace): AsyncIterable<Uint8Array> {
  return gzipStream(volumeParts(volume, space), 1);
}

/**
 * Writes a label map; names, colours and codes go into a header extension as JSON text.
 * @param labelMap - Label indices, i fastest.
 * @param labelTable - What the indices mean.
 * @param space - As for {@link writeNiftiVolume}.
 * @returns a `.nii.gz` file: uint8, no scaling.
 */
export function writeNiftiLabels(labelMap: LabelMap, labelTable: LabelTable, space?: NiftiSpace): Uint8Array {
  return gzip(labelParts(labelMap, labelTable, space), 4);
}

/** As {@link writeNiftiLabels}, piece by piece and on several threads. */
export function streamNiftiLabels(labelMap: LabelMap, labelTable: LabelTable, space?: NiftiSpace): AsyncIterable<Uint8Array> {
  return gzipStream(labelParts(labelMap, labelTable, space), 4);
}

function volumeParts({ geometry, hu }: Volume, space = spaceFromAffine(geometry.voxelToWorld)): Uint8Array[] {
  return [headerBytes(geometry, INT16, 0, space), new Uint8Array(hu.buffer, hu.byteOffset, hu.byteLength)];
}

function labelParts(
  { geometry, labels }: LabelMap,
  labelTable: LabelTable,
  space = spaceFromAffine(geometry.voxelToWorld),
): Uint8Array[] {
  const extension = textExtension(JSON.stringify({ labels: labelTable }));
  return [headerBytes(geometry, LABELS, extension.length, space), extension, labels];
}

/** Header and extension flag. */
function headerBytes(
  { sizeVoxels }: GridGeometry,
  type: typeof INT16 | typeof LABELS,
  extensionBytes: number,
  space: NiftiSpace,
): Uint8Array {
  const version = Math.max(...sizeVoxels) > MAX_NIFTI1_DIMENSION ? 2 : space.version;
  const at = HEADER_LAYOUTS[version];
  const bytes = new Uint8Array(at.headerBytes + EXTENSION_FLAG_BYTES);
  const view = new DataView(bytes.buffer);
  // NIfTI-2 widened the integer fields too: dimensions to 64 bits, codes to 32.
  const setCode = (offset: number, value: number): void =>
    version === 1 ? view.setInt16(offset, value, true) : view.setInt32(offset, value, true);
  const setFloats = (offset: number, values: readonly number[]): void =>
    values.forEach((value, n) => {
      if (version === 1) view.setFloat32(offset + 4 * n, value, true);
      else view.setFloat64(offset + 8 * n, value, true);
    });
  const dataOffset = bytes.length + extensionBytes;

  view.setInt32(0, at.headerBytes, true);
  [3, ...sizeVoxels, 1, 1, 1, 1].forEach((size, n) => {
    if (version === 1) view.setInt16(at.dim + 2 * n, size, true);
    else view.setBigInt64(at.dim + 8 * n, BigInt(size), true);
  });
  setCode(at.intentCode, type.intent);
  view.setInt16(at.datatype, type.datatype, true);
  view.setInt16(at.bitpix, type.bitpix, true);
  setFloats(at.pixdim, [space.qfac, ...space.voxelSize]);
  if (version === 1) view.setFloat32(at.voxOffset, dataOffset, true);
  else view.setBigInt64(at.voxOffset, BigInt(dataOffset), true);
  setFloats(at.sclSlope, [1, 0]);
  const units = space.units === 0 ? UNITS_MM : space.units;
  if (version === 1) view.setUint8(at.xyztUnits, units);
  else view.setInt32(at.xyztUnits, units, true);
  setCode(at.qformCode, space.qformCode);
  setCode(at.sformCode, space.sformCode);
  setFloats(at.quaternB, space.quaternion);
  setFloats(at.qoffsetX, space.offset);
  setFloats(at.srowX, space.srow);
  bytes.set(MAGIC[version], at.magic);
  bytes[at.headerBytes] = extensionBytes > 0 ? 1 : 0;
  return bytes;
}

/** `n+1` / `n+2` with the byte pattern that shows damage by text-mode transfer. */
const MAGIC = { 1: [0x6e, 0x2b, 0x31, 0], 2: [0x6e, 0x2b, 0x32, 0, 0x0d, 0x0a, 0x1a, 0x0a] } as const;

/** A header extension: total length (a multiple of 16), code, text, zero padding. */
function textExtension(text: string): Uint8Array {
  const content = new TextEncoder().encode(text);
  const bytes = new Uint8Array(Math.ceil((content.length + 8) / 16) * 16);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, bytes.length, true);
  view.setInt32(4, EXTENSION_COMMENT, true);
  bytes.set(content, 8);
  return bytes;
}
