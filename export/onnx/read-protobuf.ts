/**
 * The wire format of Protocol Buffers, read: bytes → fields; the other way is `protobuf.ts`.
 *
 * Source: protobuf.dev/programming-guides/encoding. Groups, which ONNX never had, are refused.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';

/** One field of a message, as it lies in the bytes. */
export interface WireField {
  readonly field: number;
  /** Of a number: a varint as it is, a fixed one as its bits. */
  readonly number?: bigint;
  /** Of a string, bytes, a message, or packed numbers: a view of the file's own bytes. */
  readonly bytes?: Uint8Array;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The fields of a message, in their order.
 * @throws {VoxwatchError} `MODEL_UNSUPPORTED` where the bytes are no message.
 */
export function readFields(bytes: Uint8Array): WireField[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: WireField[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = readVarint(bytes, at);
    at = tag.end;
    const field = Number(tag.value >> 3n);
    if (field < 1) throw broken();
    switch (Number(tag.value & 7n)) {
      case 0: {
        const { value, end } = readVarint(bytes, at);
        fields.push({ field, number: value });
        at = end;
        break;
      }
      case 1:
        if (at + 8 > bytes.length) throw broken();
        fields.push({ field, number: view.getBigUint64(at, true) });
        at += 8;
        break;
      case 2: {
        const { value, end } = readVarint(bytes, at);
        at = end + Number(value);
        if (at > bytes.length) throw broken();
        fields.push({ field, bytes: bytes.subarray(end, at) });
        break;
      }
      case 5:
        if (at + 4 > bytes.length) throw broken();
        fields.push({ field, number: BigInt(view.getUint32(at, true)) });
        at += 4;
        break;
      default:
        throw broken();
    }
  }
  return fields;
}

/** Numbers of a `repeated int64` field: packed, as proto3 has it, or one by one. */
export function intsOf(fields: readonly WireField[], field: number): number[] {
  return fields
    .filter((one) => one.field === field)
    .flatMap(({ number, bytes }) => (bytes ? readPacked(bytes) : [signed(number ?? 0n)]));
}

/** The last number of a field; proto3 leaves a 0 out. */
export function intOf(fields: readonly WireField[], field: number): number {
  return signed(fields.findLast((one) => one.field === field)?.number ?? 0n);
}

/** The last `float` of a field. */
export function floatOf(fields: readonly WireField[], field: number): number {
  const bits = fields.findLast((one) => one.field === field)?.number ?? 0n;
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, Number(bits));
  return view.getFloat32(0);
}

/** All strings of a field. @throws {VoxwatchError} `MODEL_UNSUPPORTED` for bytes that are no UTF-8. */
export function stringsOf(fields: readonly WireField[], field: number): string[] {
  try {
    return bytesOf(fields, field).map((bytes) => utf8.decode(bytes));
  } catch (cause) {
    throw broken(cause);
  }
}

/** The last string of a field; proto3 leaves an empty one out. */
export function stringOf(fields: readonly WireField[], field: number): string {
  return stringsOf(fields, field).at(-1) ?? '';
}

/** All bytes and messages of a field. */
export function bytesOf(fields: readonly WireField[], field: number): Uint8Array[] {
  return fields.flatMap((one) => (one.field === field && one.bytes ? [one.bytes] : []));
}

function readPacked(bytes: Uint8Array): number[] {
  const values: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { value, end } = readVarint(bytes, at);
    values.push(signed(value));
    at = end;
  }
  return values;
}

function signed(value: bigint): number {
  return Number(BigInt.asIntN(64, value));
}

function readVarint(bytes: Uint8Array, start: number): { readonly value: bigint; readonly end: number } {
  let value = 0n;
  for (let at = start, shift = 0n; shift < 70n; at++, shift += 7n) {
    const byte = bytes[at];
    if (byte === undefined) break;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: at + 1 };
  }
  throw broken();
}

function broken(cause?: unknown): VoxwatchError {
  return new VoxwatchError('MODEL_UNSUPPORTED', 'The file is no ONNX model, or it is not whole.', {}, cause);
}
