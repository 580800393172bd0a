/**
 * The bytes of a `.onnx` file that voxwatch wrote → the model as plain values; the other way is `encode.ts`.
 *
 * So a bundle that exists can be given variants without its training run. Only what `encode.ts` writes is read: a file
 * that holds anything else is refused, as what is not understood would be lost.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import {
  ATTRIBUTE_TYPES,
  ELEMENT_TYPES,
  type ElementType,
  IR_VERSION,
  IS_LITTLE_ENDIAN,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
  OPSET,
  type TensorData,
} from './encode.ts';
import { bytesOf, floatOf, intOf, intsOf, readFields, stringOf, stringsOf, type WireField } from './read-protobuf.ts';

/**
 * Decodes a model; `encodeModel` gives the same bytes again.
 * @throws {VoxwatchError} `MODEL_UNSUPPORTED` for bytes that are no ONNX file; `EXPORT_UNSUPPORTED` for one that holds what
 *   voxwatch does not write.
 */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  const model = knownFields(bytes, 'model', [1, 2, 3, 7, 8, 14]);
  const opsets = bytesOf(model, 8).map(readFields);
  const [graphBytes] = bytesOf(model, 7);
  const isOurs = intOf(model, 1) === IR_VERSION && opsets.length === 1 && graphBytes !== undefined;
  const [opset = []] = opsets;
  if (!isOurs || stringOf(opset, 1) !== '' || intOf(opset, 2) !== OPSET)
    throw foreign(`it is not of IR version ${IR_VERSION} and opset ${OPSET} alone`);
  const graph = knownFields(graphBytes, 'graph', [1, 2, 5, 11, 12]);
  return {
    graphName: stringOf(graph, 2),
    producerName: stringOf(model, 2),
    producerVersion: stringOf(model, 3),
    nodes: bytesOf(graph, 1).map(decodeNode),
    initializers: bytesOf(graph, 5).map(decodeTensor),
    inputs: bytesOf(graph, 11).map(decodeValue),
    outputs: bytesOf(graph, 12).map(decodeValue),
    metadata: Object.fromEntries(
      bytesOf(model, 14)
        .map(readFields)
        .map((entry) => [stringOf(entry, 1), stringOf(entry, 2)]),
    ),
  };
}

function decodeNode(bytes: Uint8Array): OnnxNode {
  const fields = knownFields(bytes, 'node', [1, 2, 3, 4, 5]);
  return {
    operator: stringOf(fields, 4),
    name: stringOf(fields, 3),
    inputs: stringsOf(fields, 1),
    outputs: stringsOf(fields, 2),
    attributes: Object.fromEntries(bytesOf(fields, 5).map(decodeAttribute)),
  };
}

function decodeAttribute(bytes: Uint8Array): [string, OnnxAttribute] {
  const fields = readFields(bytes);
  const name = stringOf(fields, 1);
  switch (intOf(fields, 20)) {
    case ATTRIBUTE_TYPES.float:
      return [name, { float: floatOf(fields, 2) }];
    case ATTRIBUTE_TYPES.int:
      return [name, intOf(fields, 3)];
    case ATTRIBUTE_TYPES.string:
      return [name, stringOf(fields, 4)];
    case ATTRIBUTE_TYPES.ints:
      return [name, intsOf(fields, 8)];
    default:
      throw foreign(`the attribute ${name} is of another type`);
  }
}

function decodeTensor(bytes: Uint8Array): OnnxTensor {
  const fields = knownFields(bytes, 'constant', [1, 2, 8, 9]);
  const name = stringOf(fields, 8);
  const dims = intsOf(fields, 1);
  const data = tensorData(elementType(intOf(fields, 2)), bytesOf(fields, 9)[0] ?? new Uint8Array());
  if (data.length === dims.reduce((product, dim) => product * dim, 1)) return { name, dims, data };
  throw foreign(`the constant ${name} has not as many numbers as its dimensions say`);
}

const ELEMENT_BYTES = { float32: 4, float16: 2, int8: 1, uint8: 1, int16: 2, int32: 4, int64: 8 } as const;

function tensorData(type: ElementType, bytes: Uint8Array): TensorData {
  // A copy, as a view of the file need not begin where such numbers may.
  const { buffer } = new Uint8Array(bytes);
  const size = ELEMENT_BYTES[type];
  if (bytes.length % size !== 0) throw foreign('a constant ends within a number');
  if (!IS_LITTLE_ENDIAN && size > 1) throw foreign('this machine keeps numbers the other way round');
  switch (type) {
    case 'float32':
      return new Float32Array(buffer);
    case 'float16':
      return new Uint16Array(buffer);
    case 'int8':
      return new Int8Array(buffer);
    case 'uint8':
      return new Uint8Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'int64':
      return new BigInt64Array(buffer);
    case 'int16':
      throw foreign('a constant is int16');
  }
}

function decodeValue(bytes: Uint8Array): OnnxValue {
  const fields = readFields(bytes);
  const message = (of: readonly WireField[], field: number): WireField[] => bytesOf(of, field).flatMap(readFields);
  const tensor = message(message(fields, 2), 1);
  const dims = bytesOf(message(tensor, 2), 1).map((dim) => {
    const name = stringOf(readFields(dim), 2);
    return name === '' ? intOf(readFields(dim), 1) : name;
  });
  return { name: stringOf(fields, 1), elementType: elementType(intOf(tensor, 1)), dims };
}

function elementType(number: number): ElementType {
  const found = Object.entries(ELEMENT_TYPES).find(([, value]) => value === number);
  if (found) return found[0] as ElementType;
  throw foreign(`it holds values of ONNX type ${number}`);
}

function knownFields(bytes: Uint8Array, what: string, known: readonly number[]): WireField[] {
  const fields = readFields(bytes);
  const unknown = fields.find(({ field }) => !known.includes(field));
  if (unknown === undefined) return fields;
  throw foreign(`a ${what} has field ${unknown.field}`);
}

function foreign(why: string): VoxwatchError {
  return new VoxwatchError(
    'EXPORT_UNSUPPORTED',
    `This ONNX file was not written by voxwatch, and only those can be rewritten: ${why}.`,
  );
}
