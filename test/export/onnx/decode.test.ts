import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeModel } from '../../../export/onnx/decode.ts';
import { encodeModel, type OnnxModel } from '../../../export/onnx/encode.ts';

const model: OnnxModel = {
  graphName: 'g',
  producerName: 'voxwatch',
  producerVersion: '1',
  nodes: [
    {
      operator: 'Conv',
      name: 'c',
      inputs: ['x', '', 'w'],
      outputs: ['y', 'z'],
      attributes: { pads: [1, -2, 300], a: { float: 0.5 }, m: 'same', k: -1 },
    },
  ],
  initializers: [
    { name: 'w', dims: [2, 1], data: Float32Array.of(1.5, -2) },
    { name: 'h', dims: [1], data: Uint16Array.of(0x3c00) },
    { name: 'i8', dims: [3], data: Int8Array.of(-128, 0, 127) },
    { name: 'u8', dims: [], data: Uint8Array.of(255) },
    { name: 'i32', dims: [1], data: Int32Array.of(-7) },
    { name: 'i64', dims: [0], data: new BigInt64Array() },
  ],
  inputs: [{ name: 'x', elementType: 'int16', dims: ['N', 1, 'H'] }],
  outputs: [{ name: 'y', elementType: 'float16', dims: [] }],
  metadata: { stage: 'orgán', empty: '' },
};

describe('a model that was encoded', () => {
  it('is the same when it is decoded', () => {
    expect(decodeModel(encodeModel(model))).toEqual(model);
  });

  it.each(['kidney-enet-cascade/stage-1', 'kidney-enet-cascade/stage-2', 'liver-tumour/stage-1', 'liver-tumour/stage-2'])(
    'has the same bytes when it is encoded again: %s',
    (file) => {
      const bytes = readFileSync(new URL(`../../../models/${file}.onnx`, import.meta.url));
      expect(Buffer.from(encodeModel(decodeModel(bytes))).equals(bytes)).toBe(true);
    },
  );

  it('is refused where it breaks off, wherever that is', () => {
    const bytes = encodeModel(model);
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      // Whatever can still be read must at least not be taken for the whole model.
      let found: OnnxModel | undefined;
      try {
        found = decodeModel(cut);
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: expect.stringMatching(/MODEL_UNSUPPORTED|EXPORT_UNSUPPORTED/) });
      }
      if (found) expect(found).not.toEqual(model);
    }
  });

  it('is refused where another program wrote what we do not', () => {
    // ModelProto.doc_string is field 6.
    const withDoc = Buffer.concat([encodeModel(model), Buffer.of((6 << 3) | 2, 1, 65)]);
    expect(() => decodeModel(withDoc)).toThrow(/not written by voxwatch.*a model has field 6/);
  });
});
