/**
 * Bytes of a tensor in a safetensors file → float32.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';

/** Every type of the format whose values are whole bytes. */
export const BYTES_PER_VALUE: ReadonlyMap<string, number> = new Map([
  ['BOOL', 1],
  ['U8', 1],
  ['I8', 1],
  ['F8_E4M3', 1],
  ['F8_E5M2', 1],
  ['U16', 2],
  ['I16', 2],
  ['F16', 2],
  ['BF16', 2],
  ['U32', 4],
  ['I32', 4],
  ['F32', 4],
  ['U64', 8],
  ['I64', 8],
  ['F64', 8],
]);

/** Types that float32 holds exactly → one value at a byte offset. */
const READERS: ReadonlyMap<string, (view: DataView, offset: number) => number> = new Map([
  ['F32', (view, offset) => view.getFloat32(offset, true)],
  ['F16', (view, offset) => halfToNumber(view.getUint16(offset, true))],
  ['BF16', (view, offset) => brainToNumber(view.getUint16(offset, true))],
]);

/**
 * @param dtype - From {@link BYTES_PER_VALUE}.
 * @param bytes - Little endian, as many as whole values need.
 * @throws {VoxwatchError} `WEIGHTS_INVALID` for types other than F32, F16 and BF16.
 */
export function decodeFloats(dtype: string, bytes: Uint8Array): Float32Array {
  const read = READERS.get(dtype);
  const size = BYTES_PER_VALUE.get(dtype);
  if (read === undefined || size === undefined) {
    throw new VoxwatchError('WEIGHTS_INVALID', `Weights must be F32, F16 or BF16, not ${dtype}; save them as float32.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(bytes.length / size);
  for (let n = 0; n < values.length; n++) values[n] = read(view, n * size);
  return values;
}

/** IEEE 754 binary16: 1 sign bit, 5 of exponent (bias 15), 10 of fraction. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  // Exponent 0: no leading 1, and the exponent of 1.
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

/** bfloat16: the upper half of a float32. */
function brainToNumber(bits: number): number {
  scratch.setUint32(0, bits * 0x10000);
  return scratch.getFloat32(0);
}
