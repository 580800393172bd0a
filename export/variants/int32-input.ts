/**
 * A stage's file → the same with an int32 `hu`, for WebGPU, which has no int16.
 *
 * The weights are not shared: a bundle that is to run on WebGPU is twice as large, so it is made on request.
 * @module
 */
import { decodeModel } from '../onnx/decode.ts';
import { encodeModel } from '../onnx/encode.ts';

/** @throws {VoxwatchError} `EXPORT_UNSUPPORTED` for a file that voxwatch did not write. */
export function withInt32Input(onnx: Uint8Array): Uint8Array {
  const model = decodeModel(onnx);
  const inputs = model.inputs.map((input) => (input.name === 'hu' ? ({ ...input, elementType: 'int32' } as const) : input));
  return encodeModel({ ...model, inputs });
}
