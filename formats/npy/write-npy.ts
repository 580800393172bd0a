/**
 * Numbers in C order → a NumPy file (`.npy`, format 1.0), as numpy.lib.format describes it.
 * @module
 */

const MAGIC = '\u0093NUMPY\u0001\u0000';
/** Magic, version, length of the header (uint16) and header together are a multiple of this. */
const ALIGNMENT = 64;

/** @param shape - Its product is the number of values; the last axis is the fastest. */
export function encodeNpy(values: Uint8Array | Int16Array | Float32Array, shape: readonly number[]): Uint8Array {
  const type = values instanceof Uint8Array ? '|u1' : values instanceof Int16Array ? '<i2' : '<f4';
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${axes}), }`;
  const before = MAGIC.length + 2;
  const total = Math.ceil((before + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = `${text.padEnd(total - before - 1)}\n`;
  const bytes = new Uint8Array(total + values.byteLength);
  bytes.set(Buffer.from(MAGIC, 'latin1'));
  const view = new DataView(bytes.buffer);
  view.setUint16(MAGIC.length, header.length, true);
  bytes.set(Buffer.from(header, 'latin1'), before);
  if (values instanceof Uint8Array) bytes.set(values, total);
  else if (values instanceof Int16Array) values.forEach((value, n) => view.setInt16(total + 2 * n, value, true));
  else values.forEach((value, n) => view.setFloat32(total + 4 * n, value, true));
  return bytes;
}
