/**
 * The bytes of a `.onnx` file → what must be known before it is run: versions, inputs, outputs, how many parameters, and
 * whether it needs other files.
 *
 * Source: onnx/onnx.proto3 of ONNX 1.16; the number beside each field is its number there.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { bytesOf, intOf, intsOf, readFields, stringOf, type WireField } from './read-protobuf.ts';

/** `TensorProto.DataType` by number. */
const ELEMENT_NAMES: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  16: 'bfloat16',
};

/** `TensorProto.DataLocation`. */
const EXTERNAL = 1;

/** An input or an output. */
export interface ModelValue {
  readonly name: string;
  /** E.g. `float32`. */
  readonly elementType: string;
  /** A number where the model fixes it; a name, or '', where it does not. Absent: the model does not say the shape. */
  readonly dims?: readonly (number | string)[];
}

export interface ModelFacts {
  readonly irVersion: number;
  /** Of ONNX's own operators. */
  readonly opset: number;
  /** Other sets of operators, by name. */
  readonly otherDomains: readonly string[];
  /** What wrote it, with its version. */
  readonly producer: string;
  /** Without those that are weights. */
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  /** Numbers in its weights. */
  readonly parameters: number;
  /** Names of the files that hold weights outside of it. */
  readonly externalFiles: readonly string[];
}

/**
 * Reads the facts; weights are not touched.
 * @throws {VoxwatchError} `MODEL_UNSUPPORTED` for what is no whole ONNX model.
 */
export function readModelFacts(onnx: Uint8Array): ModelFacts {
  const model = readFields(onnx);
  const graphBytes = bytesOf(model, 7).at(-1);
  const irVersion = intOf(model, 1);
  if (graphBytes === undefined || irVersion === 0)
    throw new VoxwatchError('MODEL_UNSUPPORTED', 'The file is no ONNX model: it has no graph.');
  const graph = readFields(graphBytes);
  // GraphProto: initializer 5, input 11, output 12. Old files list weights among the inputs.
  const weights = bytesOf(graph, 5).map(readFields);
  const names = new Set(weights.map((weight) => stringOf(weight, 8)));
  // OperatorSetIdProto: domain 1, version 2.
  const sets = bytesOf(model, 8).map((bytes) => {
    const fields = readFields(bytes);
    return { domain: stringOf(fields, 1), version: intOf(fields, 2) };
  });
  const isOwn = ({ domain }: { readonly domain: string }): boolean => domain === '' || domain === 'ai.onnx';
  return {
    irVersion,
    opset: sets.find(isOwn)?.version ?? 0,
    otherDomains: sets.filter((set) => !isOwn(set)).map(({ domain }) => domain),
    producer: [stringOf(model, 2), stringOf(model, 3)].filter((text) => text !== '').join(' ') || 'unknown',
    inputs: bytesOf(graph, 11)
      .map(readValue)
      .filter(({ name }) => !names.has(name)),
    outputs: bytesOf(graph, 12).map(readValue),
    parameters: weights.reduce((sum, weight) => sum + intsOf(weight, 1).reduce((product, dim) => product * dim, 1), 0),
    externalFiles: [...new Set([...weights, ...constantsOf(graph)].flatMap(externalFileOf))],
  };
}

/** Tensors in attributes of nodes: NodeProto attribute 5, AttributeProto t 5. */
function constantsOf(graph: readonly WireField[]): WireField[][] {
  return bytesOf(graph, 1).flatMap((node) =>
    bytesOf(readFields(node), 5).flatMap((attribute) => bytesOf(readFields(attribute), 5).map(readFields)),
  );
}

/** TensorProto: data_location 14, external_data 13 { key 1, value 2 }. */
function externalFileOf(tensor: readonly WireField[]): string[] {
  if (intOf(tensor, 14) !== EXTERNAL) return [];
  const entries = bytesOf(tensor, 13).map(readFields);
  const location = entries.find((entry) => stringOf(entry, 1) === 'location');
  return [location ? stringOf(location, 2) : 'a file that is not named'];
}

/** ValueInfoProto: name 1, type 2 { tensor_type 1 { elem_type 1, shape 2 { dim 1 { dim_value 1, dim_param 2 } } } }. */
function readValue(bytes: Uint8Array): ModelValue {
  const fields = readFields(bytes);
  const name = stringOf(fields, 1);
  const tensor = messageIn(messageIn(fields, 2), 1);
  const elementType = ELEMENT_NAMES[intOf(tensor, 1)] ?? 'no tensor of a known type';
  const [shape] = bytesOf(tensor, 2);
  if (shape === undefined) return { name, elementType };
  const dims = bytesOf(readFields(shape), 1).map((dim) => {
    const parts = readFields(dim);
    // A size is one of two fields; a size of 0 is none that a network could be run on.
    return intOf(parts, 1) || stringOf(parts, 2);
  });
  return { name, elementType, dims };
}

function messageIn(fields: readonly WireField[], field: number): WireField[] {
  const bytes = bytesOf(fields, field).at(-1);
  return bytes === undefined ? [] : readFields(bytes);
}
