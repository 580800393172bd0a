/**
 * The wire format of Protocol Buffers, as far as ONNX models need it: numbers and bytes → fields.
 *
 * Source: protobuf.dev/programming-guides/encoding. Fields are written in the order they are given and without
 * anything that varies between runs, so equal models have equal bytes. A field is kept in pieces until the whole file
 * is joined: weights are copied once, however deep they lie.
 * @module
 */

/** Encoded fields, in order, as pieces of bytes. */
export type Fields = readonly Uint8Array[];

/** Wire types: how many bytes follow a tag. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

const utf8 = new TextEncoder();

/** An `int32`, `int64` or enum field. */
export function intField(field: number, value: number | bigint): Fields {
  return [tag(field, VARINT), varint(BigInt(value))];
}

/** A `float` field. */
export function floatField(field: number, value: number): Fields {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [tag(field, FIXED_32), bytes];
}

/** A `string` field. */
export function stringField(field: number, value: string): Fields {
  return bytesField(field, utf8.encode(value));
}

/** A `bytes` field. */
export function bytesField(field: number, value: Uint8Array): Fields {
  return messageField(field, [value]);
}

/** A field that holds a message. */
export function messageField(field: number, fields: Fields): Fields {
  return [tag(field, LENGTH_DELIMITED), varint(BigInt(lengthOf(fields))), ...fields];
}

/** A `repeated int64` field, packed as proto3 has it. */
export function packedIntField(field: number, values: readonly number[]): Fields {
  return messageField(
    field,
    values.map((value) => varint(BigInt(value))),
  );
}

/** Pieces one after the other. */
export function joinBytes(parts: Fields): Uint8Array {
  const out = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function lengthOf(parts: Fields): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function tag(field: number, wireType: number): Uint8Array {
  return varint(BigInt((field << 3) | wireType));
}

/** Seven bits a byte, lowest first; negative numbers as 64-bit two's complement. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
