/**
 * Kernels whose numbers are all float16 → stored as such, with a cast to float32 that ONNX Runtime computes once, when it loads
 * the file; and back.
 * @module
 */
import { ELEMENT_TYPES, type OnnxModel, type OnnxNode, type OnnxTensor } from './encode.ts';
import { fromHalf, nearestHalf, toHalves } from './half.ts';

type Graph = Pick<OnnxModel, 'nodes' | 'initializers'>;

/** A smaller constant is not worth a cast. */
const LEAST_NUMBERS = 256;
/** Folding a scale into a kernel and out of it again may cost the last digit of float32. */
const TOLERANCE = 2 ** -22;
const SUFFIX = '/float16';

/** Stores what can be; a graph without such kernels comes back as it is. */
export function withStoredHalves({ nodes, initializers }: Graph): Graph {
  const halved = new Set(initializers.filter(isHalf).map(({ name }) => name));
  const casts = [...halved].map(
    (name): OnnxNode => ({
      operator: 'Cast',
      name,
      inputs: [name + SUFFIX],
      outputs: [name],
      attributes: { to: ELEMENT_TYPES.float32 },
    }),
  );
  return {
    nodes: [...casts, ...nodes],
    initializers: initializers.map((tensor) =>
      halved.has(tensor.name) ? { ...tensor, name: tensor.name + SUFFIX, data: toHalves(tensor.data as Float32Array) } : tensor,
    ),
  };
}

/** Whether a node brings a stored kernel back to float32. */
export function isKernelCast({ operator, inputs, outputs }: OnnxNode): boolean {
  return operator === 'Cast' && inputs[0] === `${outputs[0]}${SUFFIX}`;
}

/** The same model with float32 constants, for what works on kernels. */
export function withoutStoredHalves(model: OnnxModel): OnnxModel {
  const stored = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
  const isCast = (node: OnnxNode): boolean => isKernelCast(node) && stored.get(node.inputs[0] ?? '')?.data instanceof Uint16Array;
  const casts = new Set(model.nodes.filter(isCast).map(({ inputs }) => inputs[0] as string));
  return {
    ...model,
    nodes: model.nodes.filter((node) => !isCast(node)),
    initializers: model.initializers.map((tensor) =>
      casts.has(tensor.name)
        ? { ...tensor, name: tensor.name.slice(0, -SUFFIX.length), data: Float32Array.from(tensor.data as Uint16Array, fromHalf) }
        : tensor,
    ),
  };
}

function isHalf({ name, data }: OnnxTensor): boolean {
  if (!(data instanceof Float32Array) || data.length < LEAST_NUMBERS || !name.endsWith('/kernel')) return false;
  return data.every((value) => Math.abs(value - nearestHalf(value)) <= TOLERANCE * Math.abs(value));
}
