/**
 * The wire format of Protocol Buffers read back: bytes → fields, as far as the facts of an ONNX model need it. Nothing is
 * copied: what a field holds is a view into the bytes.
 *
 * Source: protobuf.dev/programming-guides/encoding; `protobuf.ts` writes it.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';

/** One field. `value` is a number of the wire types for numbers, and the bytes of anything that has a length. */
export interface WireField {
  readonly field: number;
  readonly value: bigint | Uint8Array;
}

/**
 * The fields of a message, in their order.
 * @throws {VoxwatchError} `MODEL_UNSUPPORTED` where the bytes are no such message or end in the middle of one.
 */
export function readFields(bytes: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw broken();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw broken();
  };
  const take = (length: number): Uint8Array => {
    if (length < 0 || at + length > bytes.length) throw broken();
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = Number(tag >> 3n);
    if (field < 1) throw broken();
    const wireType = Number(tag & 7n);
    if (wireType === 0) fields.push({ field, value: varint() });
    else if (wireType === 1) fields.push({ field, value: take(8) });
    else if (wireType === 2) fields.push({ field, value: take(Number(varint())) });
    else if (wireType === 5) fields.push({ field, value: take(4) });
    else throw broken();
  }
  return fields;
}

/** The fields of one number that have a length: messages, strings, bytes. */
export function bytesOf(fields: readonly WireField[], field: number): Uint8Array[] {
  return fields.flatMap((found) => (found.field === field && found.value instanceof Uint8Array ? [found.value] : []));
}

/** The last value of a number field, as protobuf has it; undefined where there is none. */
export function numberOf(fields: readonly WireField[], field: number): number | undefined {
  const found = fields.findLast((candidate) => candidate.field === field && typeof candidate.value === 'bigint');
  return found === undefined ? undefined : Number(found.value);
}

/** The last string of a field; '' where there is none. */
export function textOf(fields: readonly WireField[], field: number): string {
  const bytes = bytesOf(fields, field).at(-1);
  return bytes === undefined ? '' : new TextDecoder().decode(bytes);
}

/** Numbers of a repeated field, packed or not. */
export function numbersOf(fields: readonly WireField[], field: number): number[] {
  return fields.flatMap(({ field: number, value }) => {
    if (number !== field) return [];
    return typeof value === 'bigint' ? [Number(value)] : varintsOf(value);
  });
}

function varintsOf(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0n, 0n];
  for (const byte of bytes) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    numbers.push(Number(BigInt.asIntN(64, value)));
    [value, shift] = [0n, 0n];
  }
  return numbers;
}

function broken(): VoxwatchError {
  return new VoxwatchError('MODEL_UNSUPPORTED', 'The file is no ONNX model, or it is not whole.');
}
