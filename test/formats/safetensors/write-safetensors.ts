/**
 * Tensors → safetensors bytes, for tests; the header may be given as it is, wrong or not.
 * @module
 */

/** @returns length, header and values, one after the other. */
export function safetensorsFile(header: unknown, values: Uint8Array = new Uint8Array()): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + values.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(values, 8 + text.length);
  return file;
}

export interface FloatTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A file of float32 tensors, in the order given. */
export function writeFloats(tensors: Readonly<Record<string, FloatTensor>>): Uint8Array {
  const total = Object.values(tensors).reduce((sum, { values }) => sum + 4 * values.length, 0);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  const header: Record<string, unknown> = {};
  let begin = 0;
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    const end = begin + 4 * values.length;
    header[name] = { dtype: 'F32', shape, data_offsets: [begin, end] };
    for (let n = 0; n < values.length; n++) view.setFloat32(begin + 4 * n, values[n] as number, true);
    begin = end;
  }
  return safetensorsFile(header, bytes);
}
