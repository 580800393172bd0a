/**
 * Typed arrays that may be given to another thread: only a buffer that holds nothing else can be.
 * @module
 */

/** @returns the array itself where its buffer holds nothing else, or a copy. */
export function ownBuffer(values: Int16Array): Int16Array<ArrayBuffer>;
export function ownBuffer(values: Uint8Array): Uint8Array<ArrayBuffer>;
export function ownBuffer(values: Int16Array | Uint8Array): Int16Array<ArrayBuffer> | Uint8Array<ArrayBuffer> {
  const isOwn = values.buffer instanceof ArrayBuffer && values.buffer.byteLength === values.byteLength;
  return isOwn ? (values as Int16Array<ArrayBuffer> | Uint8Array<ArrayBuffer>) : values.slice();
}
