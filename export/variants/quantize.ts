/**
 * A fused stage's graph and the ranges of its values → the same with convolutions in 8 bits: a quarter of the size.
 *
 * Static quantization as ONNX writes it: a value passes through QuantizeLinear and DequantizeLinear, and an engine that
 * has integer kernels joins them with the operator between. Weights are int8 and symmetric, with a scale a channel;
 * values are uint8 with a scale and a zero point; biases int32.
 *
 * - Weights have 7 bits (−64 … 64): x86 processors without VNNI add pairs of products in int16, and 2 × 255 × 64 just fits
 *   there. With 8 bits they would cut off, and the variant would compute something else on an older machine.
 * - A convolution that reads the network's input stays float32: 255 steps are too few for HU. So do the transposed ones,
 *   for which ONNX Runtime has no integer kernel, but for their weights.
 * - What lies between convolutions and has an integer kernel (ReLU, MaxPool, Concat, Add) is kept in 8 bits too.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { OnnxModel, OnnxNode, OnnxTensor } from '../onnx/encode.ts';
import { type NetworkPart, networkPart, reading } from './network-part.ts';

/** Lowest and highest value that a tensor takes. */
export type ValueRange = readonly [lowest: number, highest: number];

/** Weights go from −64 to 64. */
const WEIGHT_STEPS = 64;
/** Values go from 0 to 255. */
const VALUE_STEPS = 255;
/** Bits of a bias that are used; the sum of products needs room beside it. */
const LARGEST_BIAS = 2 ** 30;

/** Operators that hand values on, and that ONNX Runtime runs on 8 bits where all they read and give is so. */
const PASSING = new Set(['MaxPool', 'Concat', 'Add']);

/**
 * Names of the values that are to be quantized, in order of computation: calibration finds their ranges.
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED` for a graph that voxwatch did not fuse, or that has no convolution to quantize.
 */
export function quantizedValues(model: OnnxModel): string[] {
  const part = networkPart(model);
  const chosen = new Set<string>();
  for (const node of convolutions(model, part)) {
    chosen.add(node.inputs[0] as string);
    chosen.add(valueAfter(node, part));
  }
  for (const { operator, inputs, outputs } of part.nodes)
    if (PASSING.has(operator) && inputs.every((name) => chosen.has(name))) chosen.add(outputs[0] as string);
  // Logits are compared with each other: they keep all their digits.
  chosen.delete(part.output);
  if (chosen.size > 0) return part.nodes.flatMap(({ outputs }) => outputs.filter((name) => chosen.has(name)));
  throw new VoxwatchError('EXPORT_UNSUPPORTED', 'This network has no convolution that can be computed in 8 bits.');
}

/**
 * Makes the variant.
 * @param ranges - Of each of {@link quantizedValues}.
 * @throws {VoxwatchError} as {@link quantizedValues}; `INVALID_ARGUMENT` where a range is missing or not finite.
 */
export function quantize(model: OnnxModel, ranges: ReadonlyMap<string, ValueRange>): OnnxModel {
  const part = networkPart(model);
  const values = new Set(quantizedValues(model));
  const scales = valueScales(part, values, ranges);
  const constants = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
  const integer = new Set(convolutions(model, part));
  const added: OnnxTensor[] = [];
  const replaced = new Set<string>();
  const renamed = new Map<string, string>();
  const nodes: OnnxNode[] = [];
  for (const node of part.nodes) {
    const weights = isLinear(node) ? constants.get(node.inputs[1] as string) : undefined;
    let linear = node;
    if (weights && weights.data instanceof Float32Array && (integer.has(node) || node.operator === 'ConvTranspose')) {
      const inputScale = integer.has(node) ? scales.get(node.inputs[0] as string)?.scale : undefined;
      const bias = inputScale === undefined ? undefined : constants.get(node.inputs[2] ?? '');
      const parts = quantizeLinear(node, { weights, bias, inputScale });
      for (const name of parts.replaced) replaced.add(name);
      added.push(...parts.tensors);
      nodes.push(...parts.nodes);
      linear = { ...node, inputs: [node.inputs[0] as string, ...parts.inputs] };
      if (node.inputs[2] !== undefined && linear.inputs.length < 3)
        linear = { ...linear, inputs: [...linear.inputs, node.inputs[2]] };
    }
    nodes.push(reading(linear, renamed));
    for (const name of node.outputs) {
      const scale = scales.get(name);
      if (!scale) continue;
      nodes.push(...stepNodes(name));
      added.push(...scaleTensors(name, scale));
      renamed.set(name, `${name}/steps-as-floats`);
    }
  }
  return {
    ...model,
    nodes: [...part.before, ...nodes, ...part.after.map((node) => reading(node, renamed))],
    initializers: [...model.initializers.filter(({ name }) => !replaced.has(name)), ...added],
    metadata: { ...model.metadata, precision: 'int8' },
  };
}

function isLinear({ operator }: OnnxNode): boolean {
  return operator === 'Conv' || operator === 'ConvTranspose';
}

/** Convolutions that are computed in 8 bits. */
function convolutions({ initializers }: OnnxModel, { nodes, input, output }: NetworkPart): OnnxNode[] {
  const constants = new Set(initializers.map(({ name }) => name));
  return nodes.filter(
    ({ operator, inputs, outputs }) =>
      operator === 'Conv' && inputs[0] !== input && outputs[0] !== output && constants.has(inputs[1] as string),
  );
}

/** The value that is quantized behind a convolution: after the ReLU that alone reads it, which then costs nothing. */
function valueAfter({ outputs }: OnnxNode, { nodes }: NetworkPart): string {
  const own = outputs[0] as string;
  const readers = nodes.filter(({ inputs }) => inputs.includes(own));
  const [reader] = readers;
  return readers.length === 1 && reader?.operator === 'Relu' ? (reader.outputs[0] as string) : own;
}

interface ValueScale {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** A pooling's output has its input's steps: ONNX Runtime pools 8 bits only then. */
function valueScales(
  { nodes }: NetworkPart,
  values: ReadonlySet<string>,
  ranges: ReadonlyMap<string, ValueRange>,
): Map<string, ValueScale> {
  const scales = new Map<string, ValueScale>();
  for (const { operator, inputs, outputs } of nodes)
    for (const name of outputs) {
      if (!values.has(name)) continue;
      const before = operator === 'MaxPool' ? scales.get(inputs[0] as string) : undefined;
      scales.set(name, before ?? valueScale(name, ranges.get(name)));
    }
  return scales;
}

/** Zero is always one of the steps: paddings are made of it. */
function valueScale(name: string, range: ValueRange | undefined): ValueScale {
  const [lowest, highest] = [Math.min(0, range?.[0] ?? Number.NaN), Math.max(0, range?.[1] ?? Number.NaN)];
  if (!Number.isFinite(lowest) || !Number.isFinite(highest))
    throw new VoxwatchError('INVALID_ARGUMENT', `Calibration found no finite range for the value ${name}.`);
  const scale = Math.fround((highest - lowest) / VALUE_STEPS) || 1;
  return { scale, zeroPoint: Math.round(-lowest / scale) };
}

function stepNodes(name: string): OnnxNode[] {
  const facts = [`${name}/scale`, `${name}/zero-point`];
  return [
    node('QuantizeLinear', `${name}/steps`, [name, ...facts]),
    node('DequantizeLinear', `${name}/steps-as-floats`, [`${name}/steps`, ...facts]),
  ];
}

function scaleTensors(name: string, { scale, zeroPoint }: ValueScale): OnnxTensor[] {
  return [
    { name: `${name}/scale`, dims: [], data: Float32Array.of(scale) },
    { name: `${name}/zero-point`, dims: [], data: Uint8Array.of(zeroPoint) },
  ];
}

interface QuantizedLinear {
  readonly tensors: readonly OnnxTensor[];
  readonly nodes: readonly OnnxNode[];
  /** What the operator reads behind its first input. */
  readonly inputs: readonly string[];
  /** Constants that are no longer read. */
  readonly replaced: readonly string[];
}

/** Weights as int8; with an input in 8 bits, the bias as int32 in steps of input times weights. */
function quantizeLinear(
  { operator }: OnnxNode,
  {
    weights,
    bias,
    inputScale,
  }: { readonly weights: OnnxTensor; readonly bias: OnnxTensor | undefined; readonly inputScale: number | undefined },
): QuantizedLinear {
  const data = weights.data as Float32Array;
  // Kernels are [out, in, …], those of transposed convolutions [in, out, …].
  const axis = operator === 'ConvTranspose' ? 1 : 0;
  const channels = weights.dims[axis] as number;
  const inner = weights.dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const channelOf = (position: number): number => Math.floor(position / inner) % channels;
  const largest = new Float64Array(channels);
  data.forEach((value, p) => {
    largest[channelOf(p)] = Math.max(largest[channelOf(p)] as number, Math.abs(value));
  });
  const biases = bias?.data as Float32Array | undefined;
  const scales = Float32Array.from(largest, (most, c) => {
    const leastForBias = biases && inputScale ? Math.abs(biases[c] as number) / (inputScale * LARGEST_BIAS) : 0;
    return Math.max(most / WEIGHT_STEPS, leastForBias) || 1;
  });
  const steps = Int8Array.from(data, (value, p) => {
    const step = Math.round(value / (scales[channelOf(p)] as number));
    return Math.max(-WEIGHT_STEPS, Math.min(WEIGHT_STEPS, step));
  });
  const [kernel, kernelScale, kernelZero] = [`${weights.name}/int8`, `${weights.name}/scale`, `${weights.name}/zero-point`];
  const tensors: OnnxTensor[] = [
    { name: kernel, dims: weights.dims, data: steps },
    { name: kernelScale, dims: [channels], data: scales },
    { name: kernelZero, dims: [channels], data: new Int8Array(channels) },
  ];
  const nodes = [node('DequantizeLinear', `${weights.name}/floats`, [kernel, kernelScale, kernelZero], { axis })];
  if (bias === undefined || biases === undefined || inputScale === undefined)
    return { tensors, nodes, inputs: [`${weights.name}/floats`], replaced: [weights.name] };
  const biasScales = scales.map((scale) => scale * inputScale);
  tensors.push(
    {
      name: `${bias.name}/int32`,
      dims: [channels],
      data: Int32Array.from(biases, (value, c) => Math.round(value / (biasScales[c] as number))),
    },
    { name: `${bias.name}/scale`, dims: [channels], data: biasScales },
    { name: `${bias.name}/zero-point`, dims: [channels], data: new Int32Array(channels) },
  );
  nodes.push(
    node('DequantizeLinear', `${bias.name}/floats`, [`${bias.name}/int32`, `${bias.name}/scale`, `${bias.name}/zero-point`], {
      axis: 0,
    }),
  );
  return { tensors, nodes, inputs: [`${weights.name}/floats`, `${bias.name}/floats`], replaced: [weights.name, bias.name] };
}

function node(operator: string, output: string, inputs: readonly string[], attributes: OnnxNode['attributes'] = {}): OnnxNode {
  return { operator, name: output, inputs, outputs: [output], attributes };
}
