/**
 * A stage's file → the same with its logits as a further output, `logits` [N, C, h, w] on the network's (padded) grid.
 *
 * A bundle's files give labels or probabilities alone. That a graph computes what was trained shows in its logits, so what
 * repeats the certificate hands them out of the very file that runs.
 * @module
 */
import { decodeModel } from '../onnx/decode.ts';
import { encodeModel, type OnnxNode, type OnnxValue } from '../onnx/encode.ts';
import { networkPart } from '../variants/network-part.ts';

/** Name of the output that is added. */
export const LOGITS = 'logits';

/** @throws {VoxwatchError} `EXPORT_UNSUPPORTED` for a file that voxwatch did not write. */
export function withLogits(onnx: Uint8Array): Uint8Array {
  const model = decodeModel(onnx);
  const { output } = networkPart(model);
  const node: OnnxNode = { operator: 'Identity', name: LOGITS, inputs: [output], outputs: [LOGITS], attributes: {} };
  const value: OnnxValue = { name: LOGITS, elementType: 'float32', dims: ['N', 'C', 'logits-h', 'logits-w'] };
  return encodeModel({ ...model, nodes: [...model.nodes, node], outputs: [...model.outputs, value] });
}
