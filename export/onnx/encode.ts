/**
 * An ONNX model as plain values → the bytes of a `.onnx` file. Only the messages in use.
 *
 * Source: onnx/onnx.proto3 of ONNX 1.16 (IR version 9); the number beside each field is its number there.
 * @module
 */
import { bytesField, type Fields, floatField, intField, joinBytes, messageField, packedIntField, stringField } from './protobuf.ts';

/** IR version 9 and opset 18: what every runtime since ONNX Runtime 1.14 reads. */
export const IR_VERSION = 9;
export const OPSET = 18;

/** `TensorProto.DataType`. */
export const ELEMENT_TYPES = { float32: 1, uint8: 2, int8: 3, int16: 5, int32: 6, int64: 7, float16: 10 } as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

/** `AttributeProto.AttributeType`. */
export const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** A constant. `data` is row-major. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** The numbers of a constant; their array tells their type. Float16 has no array of its own: its bits are in a Uint16Array. */
export type TensorData = Float32Array | Uint16Array | Int8Array | Uint8Array | Int32Array | BigInt64Array;

/** A value of an attribute; a plain number is an integer, so floats say that they are floats. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

export interface OnnxNode {
  readonly operator: string;
  readonly name: string;
  /** Names of values; `''` leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** An input or output of the graph; a string is the name of a size that varies. */
export interface OnnxValue {
  readonly name: string;
  readonly elementType: ElementType;
  readonly dims: readonly (number | string)[];
}

export interface OnnxModel {
  readonly graphName: string;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes of a model; the same model always gives the same bytes. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const graph: Fields = [
    ...model.nodes.flatMap((node) => messageField(1, nodeFields(node))),
    ...stringField(2, model.graphName),
    ...model.initializers.flatMap((tensor) => messageField(5, tensorFields(tensor))),
    ...model.inputs.flatMap((value) => messageField(11, valueFields(value))),
    ...model.outputs.flatMap((value) => messageField(12, valueFields(value))),
  ];
  // A message on its own is its fields without a tag before them.
  return joinBytes([
    ...intField(1, IR_VERSION),
    ...stringField(2, model.producerName),
    ...stringField(3, model.producerVersion),
    ...messageField(7, graph),
    // OperatorSetIdProto: domain 1 ('' is ONNX itself), version 2.
    ...messageField(8, [...stringField(1, ''), ...intField(2, OPSET)]),
    // StringStringEntryProto: key 1, value 2.
    ...Object.entries(model.metadata).flatMap(([key, value]) =>
      messageField(14, [...stringField(1, key), ...stringField(2, value)]),
    ),
  ]);
}

function nodeFields({ operator, name, inputs, outputs, attributes }: OnnxNode): Fields {
  return [
    ...inputs.flatMap((input) => stringField(1, input)),
    ...outputs.flatMap((output) => stringField(2, output)),
    ...stringField(3, name),
    ...stringField(4, operator),
    ...Object.entries(attributes).flatMap(([key, value]) => messageField(5, attributeFields(key, value))),
  ];
}

function attributeFields(name: string, value: OnnxAttribute): Fields {
  const typed = (type: keyof typeof ATTRIBUTE_TYPES, content: Fields): Fields => [
    ...stringField(1, name),
    ...content,
    ...intField(20, ATTRIBUTE_TYPES[type]),
  ];
  if (typeof value === 'number') return typed('int', intField(3, value));
  if (typeof value === 'string') return typed('string', stringField(4, value));
  if ('float' in value) return typed('float', floatField(2, value.float));
  return typed('ints', packedIntField(8, value));
}

function tensorFields({ name, dims, data }: OnnxTensor): Fields {
  return [
    ...packedIntField(1, dims),
    ...intField(2, ELEMENT_TYPES[elementTypeOf(data)]),
    ...stringField(8, name),
    ...bytesField(9, littleEndian(data)),
  ];
}

function elementTypeOf(data: TensorData): ElementType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Uint16Array) return 'float16';
  if (data instanceof Int8Array) return 'int8';
  if (data instanceof Uint8Array) return 'uint8';
  return data instanceof Int32Array ? 'int32' : 'int64';
}

/** Whether this machine keeps numbers as `raw_data` has them on every machine: little endian. */
export const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The bytes of the numbers: the numbers' own memory where that will do. */
function littleEndian(data: TensorData): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (IS_LITTLE_ENDIAN) return bytes;
  const { BYTES_PER_ELEMENT: size } = data;
  return Uint8Array.from(bytes, (_, at) => bytes[at - (at % size) + (size - 1 - (at % size))] as number);
}

function valueFields({ name, elementType, dims }: OnnxValue): Fields {
  // TensorShapeProto.Dimension: dim_value 1, dim_param 2; TypeProto: tensor_type 1 { elem_type 1, shape 2 }.
  const dimensions = dims.flatMap((dim) => messageField(1, typeof dim === 'number' ? intField(1, dim) : stringField(2, dim)));
  return [
    ...stringField(1, name),
    ...messageField(2, messageField(1, [...intField(1, ELEMENT_TYPES[elementType]), ...messageField(2, dimensions)])),
  ];
}
