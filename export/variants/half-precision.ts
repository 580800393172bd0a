/**
 * A fused stage's graph → the same with a network in float16: half as large, faster where a GPU has float16 units.
 *
 * HU are prepared and labels made in float32, with a cast on either side of the network: CT values to thousands would lose
 * their last digits in float16. On a CPU it is slower: ONNX Runtime computes in float32 there and casts at each operator.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { ELEMENT_TYPES, type OnnxModel, type OnnxNode, type OnnxTensor } from '../onnx/encode.ts';
import { LARGEST_HALF, toHalves } from '../onnx/half.ts';
import { networkPart, reading } from './network-part.ts';

/** Place of the scales among the inputs of a Resize: they are float32, whatever is resized. */
const RESIZE_SCALES = 2;

/**
 * Makes the variant.
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED` for a graph that voxwatch did not fuse, or weights beyond float16.
 */
export function toHalfPrecision(model: OnnxModel): OnnxModel {
  const { nodes, before, after, input, output } = networkPart(model);
  const halved = constantsToHalve(nodes);
  const [halfInput, floatOutput] = ['network/half-input', 'network/float-output'];
  const renamed = new Map([[input, halfInput]]);
  return {
    ...model,
    nodes: [
      ...before,
      cast(halfInput, input, 'float16'),
      ...nodes.map((node) => inHalf(reading(node, renamed))),
      cast(floatOutput, output, 'float32'),
      ...after.map((node) => reading(node, new Map([[output, floatOutput]]))),
    ],
    initializers: model.initializers.map((tensor) => (halved.has(tensor.name) ? toHalfTensor(tensor) : tensor)),
    metadata: { ...model.metadata, precision: 'fp16' },
  };
}

function cast(name: string, input: string, to: 'float16' | 'float32'): OnnxNode {
  return { operator: 'Cast', name, inputs: [input], outputs: [name], attributes: { to: ELEMENT_TYPES[to] } };
}

/** What an operator casts to float32 is computed with float16 afterwards. */
function inHalf(node: OnnxNode): OnnxNode {
  if (node.operator !== 'Cast' || node.attributes.to !== ELEMENT_TYPES.float32) return node;
  return { ...node, attributes: { to: ELEMENT_TYPES.float16 } };
}

function constantsToHalve(nodes: readonly OnnxNode[]): ReadonlySet<string> {
  return new Set(
    nodes.flatMap(({ operator, inputs }) => inputs.filter((_, place) => operator !== 'Resize' || place !== RESIZE_SCALES)),
  );
}

function toHalfTensor(tensor: OnnxTensor): OnnxTensor {
  if (!(tensor.data instanceof Float32Array)) return tensor;
  const largest = tensor.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest <= LARGEST_HALF) return { ...tensor, data: toHalves(tensor.data) };
  throw new VoxwatchError(
    'EXPORT_UNSUPPORTED',
    `A network with weights beyond ${LARGEST_HALF} has no float16 variant: ${tensor.name} holds ${largest.toPrecision(3)}.`,
  );
}
