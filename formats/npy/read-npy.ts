/**
 * NumPy files (`.npy`) → numbers in C order. Headers are parsed by hand: they are Python literals, and nothing of a file is
 * ever evaluated. Arrays of Python objects are pickles, which run code when they are loaded: they are refused.
 * Source: NumPy's numpy.lib.format (versions 1.0, 2.0, 3.0).
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';

/** An array of numbers, the last axis fastest. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly values: NpyValues;
}

export type NpyValues = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** `\x93NUMPY`. */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** More than any real header; NumPy itself refuses longer ones than 10,000 bytes. */
const MAX_HEADER_BYTES = 10_000;

/** Arrays above this are no slices. */
const MAX_VALUES = 2 ** 28;

const MAX_AXES = 4;

type Reader = (view: DataView, byte: number, little: boolean) => number;

interface NumberType {
  readonly bytes: number;
  readonly make: (length: number) => NpyValues;
  readonly read: Reader;
}

const float64 = (bytes: number, read: Reader): NumberType => ({ bytes, make: (n) => new Float64Array(n), read });

/** Kind and width of a `descr` → how to read it. */
const TYPES: Readonly<Record<string, NumberType>> = {
  b1: { bytes: 1, make: (n) => new Uint8Array(n), read: (view, byte) => Number(view.getUint8(byte) !== 0) },
  u1: { bytes: 1, make: (n) => new Uint8Array(n), read: (view, byte) => view.getUint8(byte) },
  i1: { bytes: 1, make: (n) => new Int8Array(n), read: (view, byte) => view.getInt8(byte) },
  u2: { bytes: 2, make: (n) => new Uint16Array(n), read: (view, byte, little) => view.getUint16(byte, little) },
  i2: { bytes: 2, make: (n) => new Int16Array(n), read: (view, byte, little) => view.getInt16(byte, little) },
  u4: { bytes: 4, make: (n) => new Uint32Array(n), read: (view, byte, little) => view.getUint32(byte, little) },
  i4: { bytes: 4, make: (n) => new Int32Array(n), read: (view, byte, little) => view.getInt32(byte, little) },
  u8: float64(8, (view, byte, little) => Number(view.getBigUint64(byte, little))),
  i8: float64(8, (view, byte, little) => Number(view.getBigInt64(byte, little))),
  f2: { bytes: 2, make: (n) => new Float32Array(n), read: (view, byte, little) => halfToNumber(view.getUint16(byte, little)) },
  f4: { bytes: 4, make: (n) => new Float32Array(n), read: (view, byte, little) => view.getFloat32(byte, little) },
  f8: float64(8, (view, byte, little) => view.getFloat64(byte, little)),
};

/**
 * Reads a file.
 * @param bytes - All of it.
 * @returns C order, whatever order it is stored in; booleans as 0 and 1, 64-bit integers as the nearest float64.
 * @throws {VoxwatchError} `NPY_INVALID` (no header as NumPy writes it, or another length than it announces),
 *   `NPY_UNSUPPORTED` (Python objects, texts, records, complex numbers, more than four axes), `INPUT_TRUNCATED`,
 *   `INPUT_TOO_LARGE`.
 */
export function readNpy(bytes: Uint8Array): NpyArray {
  const { header, dataOffset } = splitHeader(bytes);
  const descr = /'descr'\s*:\s*('[^']*'|\[)/.exec(header)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)\b/.exec(header)?.[1];
  const shapeText = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (descr === undefined || order === undefined || shapeText === undefined) {
    throw invalid('its header does not say type, order and shape');
  }
  const { type, isLittle } = typeOf(descr);
  const shape = shapeText
    .split(',')
    .filter((text) => text.trim() !== '')
    .map(Number);
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 1)) throw invalid('an axis of its shape is not at least 1');
  if (shape.length === 0 || shape.length > MAX_AXES) {
    throw new VoxwatchError('NPY_UNSUPPORTED', `A NumPy file must hold 1 to ${MAX_AXES} axes; this one has ${shape.length}.`);
  }
  const length = shape.reduce((product, size) => product * size, 1);
  if (length > MAX_VALUES) {
    throw new VoxwatchError('INPUT_TOO_LARGE', `An array of ${shape.join(' × ')} is above the limit of ${MAX_VALUES} values.`);
  }
  const [expected, found] = [dataOffset + length * type.bytes, bytes.length];
  if (found < expected) {
    throw new VoxwatchError('INPUT_TRUNCATED', `The file breaks off: ${expected} bytes are announced, ${found} are there.`, {
      expected,
      found,
    });
  }
  if (found > expected) throw invalid(`it has ${found - expected} bytes more than its shape needs`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + dataOffset, length * type.bytes);
  const stored = type.make(length);
  for (let n = 0; n < length; n++) stored[n] = type.read(view, n * type.bytes, isLittle);
  return { shape, values: order === 'True' ? toCOrder(stored, shape, type.make(length)) : stored };
}

function splitHeader(bytes: Uint8Array): { readonly header: string; readonly dataOffset: number } {
  if (MAGIC.some((value, n) => bytes[n] !== value)) throw invalid('it does not carry the NumPy mark');
  const major = bytes[6];
  if (major !== 1 && major !== 2 && major !== 3) throw invalid(`its format version is ${major ?? 'missing'}`);
  const start = major === 1 ? 10 : 12;
  if (bytes.length < start) throw invalid('it ends within its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES) throw invalid(`its header is ${length} bytes long`);
  if (bytes.length < start + length) throw invalid('it ends within its header');
  return { header: new TextDecoder('latin1').decode(bytes.subarray(start, start + length)), dataOffset: start + length };
}

function typeOf(descr: string): { readonly type: NumberType; readonly isLittle: boolean } {
  if (descr === '[') throw unsupported('records');
  const [, endian, kind, width] = /^'([<>|=]?)([a-zA-Z])(\d*)'$/.exec(descr) ?? [];
  if (kind === 'O') throw unsupported('Python objects: loading them would run code');
  if (kind === 'c') throw unsupported('complex numbers');
  const type = TYPES[`${kind}${width}`];
  if (!type) throw unsupported('of a type that is not a plain number');
  return { type, isLittle: endian !== '>' };
}

/** First axis fastest → last axis fastest. */
function toCOrder(stored: NpyValues, shape: readonly number[], into: NpyValues): NpyValues {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const index = shape.map(() => 0);
  for (let n = 0; n < into.length; n++) {
    into[n] = stored[index.reduce((sum, at, axis) => sum + at * (strides[axis] as number), 0)] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      index[axis] = 0;
    }
  }
  return into;
}

/** IEEE 754 binary16. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(half >> 10) & 31, half & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

function invalid(why: string): VoxwatchError {
  return new VoxwatchError('NPY_INVALID', `This is not a valid NumPy file: ${why}.`);
}

function unsupported(what: string): VoxwatchError {
  return new VoxwatchError('NPY_UNSUPPORTED', `Slices are plain numbers; this NumPy file holds ${what}.`);
}
