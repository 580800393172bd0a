/**
 * NIfTI voxel bytes of any numeric type → numbers, HU, label indices.
 * Source: nifti1.h, "TYPE OF DATA".
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { AIR_HU, roundToHu } from '../hounsfield.ts';

type NumberArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

interface VoxelType {
  readonly bytes: number;
  readonly view: (buffer: ArrayBuffer, offset: number, length: number) => NumberArray;
}

/** `datatype` → how to view it. */
const VOXEL_TYPES: Readonly<Record<number, VoxelType>> = {
  2: { bytes: 1, view: (b, o, n) => new Uint8Array(b, o, n) },
  4: { bytes: 2, view: (b, o, n) => new Int16Array(b, o, n) },
  8: { bytes: 4, view: (b, o, n) => new Int32Array(b, o, n) },
  16: { bytes: 4, view: (b, o, n) => new Float32Array(b, o, n) },
  64: { bytes: 8, view: (b, o, n) => new Float64Array(b, o, n) },
  256: { bytes: 1, view: (b, o, n) => new Int8Array(b, o, n) },
  512: { bytes: 2, view: (b, o, n) => new Uint16Array(b, o, n) },
  768: { bytes: 4, view: (b, o, n) => new Uint32Array(b, o, n) },
  1024: { bytes: 8, view: (b, o, n) => new BigInt64Array(b, o, n) },
  1280: { bytes: 8, view: (b, o, n) => new BigUint64Array(b, o, n) },
};

/** Types that the format knows and a CT cannot have. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  1: 'single bits',
  32: 'complex numbers (complex64)',
  128: 'colours (RGB)',
  1536: '128-bit floats',
  1792: 'complex numbers (complex128)',
  2048: 'complex numbers (complex256)',
  2304: 'colours (RGBA)',
};

/** Raw voxels and how they become values: `value = raw · slope + intercept`. */
export interface StoredVoxels {
  readonly bytes: Uint8Array;
  readonly datatype: number;
  readonly littleEndian: boolean;
  readonly slope: number;
  readonly intercept: number;
}

/** HU, and what was met on the way to them. */
export interface ConvertedVoxels {
  /** Length = number of voxels; shares memory with the bytes where they are HU already. */
  readonly hu: Int16Array;
  readonly lowestHu: number;
  readonly highestHu: number;
  /** Voxels outside of int16, set to its ends. */
  readonly clamped: number;
  /** Voxels that are not a number, set to air. */
  readonly notNumbers: number;
}

/**
 * Bytes of one voxel.
 * @throws {VoxwatchError} `NIFTI_UNSUPPORTED` for colour, complex and unknown types.
 */
export function bytesPerVoxel(datatype: number): number {
  const type = VOXEL_TYPES[datatype];
  if (!type) {
    const what = OTHER_TYPES[datatype] ?? 'of a type that the format does not know';
    throw new VoxwatchError('NIFTI_UNSUPPORTED', `A CT has one real number a voxel; here they are ${what}.`, { datatype });
  }
  return type.bytes;
}

/** Values → HU: rounded, clamped to int16, not-a-number becomes air. */
export function toHu(stored: StoredVoxels): ConvertedVoxels {
  const raw = numbersOf(stored);
  const { slope, intercept } = stored;
  if (raw instanceof Int16Array && slope === 1 && intercept === 0) return { hu: raw, ...rangeOf(raw), clamped: 0, notNumbers: 0 };
  const hu = new Int16Array(raw.length);
  let [clamped, notNumbers] = [0, 0];
  for (let n = 0; n < raw.length; n++) {
    const value = Number(raw[n]) * slope + intercept;
    if (Number.isNaN(value)) {
      hu[n] = AIR_HU;
      notNumbers++;
    } else {
      const rounded = roundToHu(value);
      hu[n] = rounded;
      if (Math.abs(value - rounded) > 0.5) clamped++;
    }
  }
  return { hu, ...rangeOf(hu), clamped, notNumbers };
}

function rangeOf(hu: Int16Array): { lowestHu: number; highestHu: number } {
  let [lowestHu, highestHu] = [hu[0] as number, hu[0] as number];
  for (let n = 1; n < hu.length; n++) {
    const value = hu[n] as number;
    if (value < lowestHu) lowestHu = value;
    else if (value > highestHu) highestHu = value;
  }
  return { lowestHu, highestHu };
}

/**
 * Values → label indices.
 * @throws {VoxwatchError} `NIFTI_UNSUPPORTED` if a value is not a whole number from 0 to 255.
 */
export function toLabels(stored: StoredVoxels): Uint8Array {
  const raw = numbersOf(stored);
  const labels = new Uint8Array(raw.length);
  for (let n = 0; n < raw.length; n++) {
    const value = Number(raw[n]) * stored.slope + stored.intercept;
    labels[n] = value;
    if (labels[n] !== value) {
      throw new VoxwatchError('NIFTI_UNSUPPORTED', 'A label map holds whole numbers from 0 to 255; this one holds others.');
    }
  }
  return labels;
}

/** Native-endian numbers; the bytes themselves where they already are that, else a copy. */
function numbersOf({ bytes, datatype, littleEndian }: StoredVoxels): NumberArray {
  const { bytes: width, view } = VOXEL_TYPES[datatype] as VoxelType;
  const length = bytes.length / width;
  const needsSwap = !littleEndian && width > 1;
  if (!needsSwap && bytes.byteOffset % width === 0) return view(bytes.buffer as ArrayBuffer, bytes.byteOffset, length);
  const copy = new Uint8Array(bytes);
  if (needsSwap) swapBytes(copy, width);
  return view(copy.buffer, 0, length);
}

function swapBytes(bytes: Uint8Array<ArrayBuffer>, width: number): void {
  const buffer = Buffer.from(bytes.buffer);
  if (width === 2) buffer.swap16();
  else if (width === 4) buffer.swap32();
  else buffer.swap64();
}
