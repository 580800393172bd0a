/**
 * NumPy files for tests, written as `numpy.save` writes them; what a test wants wrong can be given.
 * @module
 */

const WRITERS: Readonly<
  Record<string, readonly [bytes: number, write: (view: DataView, at: number, value: number, little: boolean) => void]>
> = {
  b1: [1, (view, at, value) => view.setUint8(at, value)],
  u1: [1, (view, at, value) => view.setUint8(at, value)],
  i1: [1, (view, at, value) => view.setInt8(at, value)],
  u2: [2, (view, at, value, little) => view.setUint16(at, value, little)],
  i2: [2, (view, at, value, little) => view.setInt16(at, value, little)],
  f2: [2, (view, at, value, little) => view.setUint16(at, value, little)],
  u4: [4, (view, at, value, little) => view.setUint32(at, value, little)],
  i4: [4, (view, at, value, little) => view.setInt32(at, value, little)],
  f4: [4, (view, at, value, little) => view.setFloat32(at, value, little)],
  u8: [8, (view, at, value, little) => view.setBigUint64(at, BigInt(value), little)],
  i8: [8, (view, at, value, little) => view.setBigInt64(at, BigInt(value), little)],
  f8: [8, (view, at, value, little) => view.setFloat64(at, value, little)],
};

export interface NpyOptions {
  readonly isFortran?: boolean;
  readonly version?: 1 | 2 | 3;
  /** Instead of the header made of type, order and shape. */
  readonly header?: string;
}

/** @param values - In the order in which they are stored; of `f2`, the bits. */
export function npy(descr: string, shape: readonly number[], values: readonly number[], options: NpyOptions = {}): Uint8Array {
  const { isFortran = false, version = 1 } = options;
  const shapeText = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header =
    options.header ?? `{'descr': '${descr}', 'fortran_order': ${isFortran ? 'True' : 'False'}, 'shape': (${shapeText}), }`;
  const start = version === 1 ? 10 : 12;
  const padded = `${header.padEnd(Math.ceil((start + header.length + 1) / 64) * 64 - start - 1)}\n`;
  const [width, write] = WRITERS[descr.slice(1)] ?? [1, (view, at, value) => view.setUint8(at, value)];
  const bytes = new Uint8Array(start + padded.length + values.length * width);
  const view = new DataView(bytes.buffer);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  if (version === 1) view.setUint16(8, padded.length, true);
  else view.setUint32(8, padded.length, true);
  bytes.set(new TextEncoder().encode(padded), start);
  values.forEach((value, n) => {
    write(view, start + padded.length + n * width, value, descr[0] !== '>');
  });
  return bytes;
}
