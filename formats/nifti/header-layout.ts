/**
 * Where the fields of a NIfTI header lie: one table a version, used for reading and for writing.
 * Sources: nifti1.h and nifti2.h (nifti.nimh.nih.gov).
 * @module
 */

/** 1: 348-byte header, float32 fields. 2: 540-byte header, float64 fields. */
export type NiftiVersion = 1 | 2;

/** Byte offsets of fields, and the width of numbers. */
export interface HeaderLayout {
  /** Length of the header; also its first field, `sizeof_hdr`. */
  readonly headerBytes: number;
  /** Bytes of a floating-point field. */
  readonly floatBytes: 4 | 8;
  readonly dim: number;
  readonly datatype: number;
  readonly bitpix: number;
  readonly pixdim: number;
  readonly voxOffset: number;
  readonly sclSlope: number;
  readonly sclInter: number;
  readonly qformCode: number;
  readonly sformCode: number;
  readonly quaternB: number;
  readonly qoffsetX: number;
  readonly srowX: number;
  readonly xyztUnits: number;
  readonly intentCode: number;
  readonly magic: number;
}

export const HEADER_LAYOUTS: Readonly<Record<NiftiVersion, HeaderLayout>> = {
  1: {
    headerBytes: 348,
    floatBytes: 4,
    dim: 40,
    datatype: 70,
    bitpix: 72,
    pixdim: 76,
    voxOffset: 108,
    sclSlope: 112,
    sclInter: 116,
    qformCode: 252,
    sformCode: 254,
    quaternB: 256,
    qoffsetX: 268,
    srowX: 280,
    xyztUnits: 123,
    intentCode: 68,
    magic: 344,
  },
  2: {
    headerBytes: 540,
    floatBytes: 8,
    dim: 16,
    datatype: 12,
    bitpix: 14,
    pixdim: 104,
    voxOffset: 168,
    sclSlope: 176,
    sclInter: 184,
    qformCode: 344,
    sformCode: 348,
    quaternB: 352,
    qoffsetX: 376,
    srowX: 400,
    xyztUnits: 500,
    intentCode: 504,
    magic: 4,
  },
};

/** Bytes between header and voxels that say whether header extensions follow. */
export const EXTENSION_FLAG_BYTES = 4;

/** Spatial part of `xyzt_units`. */
export const SPATIAL_UNITS_MASK = 7;

/** Codes of `xyzt_units` (spatial) → millimetres. Unknown (0) is read as mm: nobody means anything else. */
export const MM_PER_UNIT: Readonly<Record<number, number>> = { 0: 1, 1: 1000, 2: 1, 3: 0.001 };

/** `xyzt_units` of what we write: millimetres. */
export const UNITS_MM = 2;
