/**
 * A graph under construction: operators and constants in, an {@link OnnxModel}'s parts out.
 *
 * Values are known by name. Names come from the layers they stand for, so a graph opened in a viewer can be read
 * beside the network it was made from.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { OnnxAttribute, OnnxNode, OnnxTensor } from './encode.ts';

/** Collects nodes in the order of computation; every value's name is unique. */
export class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  readonly #names = new Set<string>();

  /**
   * Adds an operator with one output.
   * @param output - Name of its output and of the node; must be new.
   * @returns `output`, to be given to the next operator.
   */
  add(
    operator: string,
    output: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    this.#claim(output);
    this.nodes.push({ operator, name: output, inputs, outputs: [output], attributes });
    return output;
  }

  /** Adds an operator with two outputs, of which the second is not used. @returns `output`, the first. */
  addFirstOf(
    operator: string,
    output: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    const unused = `${output}/unused`;
    this.#claim(output);
    this.#claim(unused);
    this.nodes.push({ operator, name: output, inputs, outputs: [output, unused], attributes });
    return output;
  }

  /** Adds float32 weights, row-major. @returns `name`. */
  floats(name: string, dims: readonly number[], data: Float32Array): string {
    return this.#constant({ name, dims, data });
  }

  /** Adds a vector of int64: sizes, axes, pads. @returns `name`. */
  integers(name: string, values: readonly number[]): string {
    return this.#constant({ name, dims: [values.length], data: BigInt64Array.from(values, BigInt) });
  }

  /** Adds one float32 without dimensions. @returns `name`. */
  scalar(name: string, value: number): string {
    return this.#constant({ name, dims: [], data: Float32Array.of(value) });
  }

  #constant(tensor: OnnxTensor): string {
    const length = tensor.dims.reduce((product, dim) => product * dim, 1);
    if (length !== tensor.data.length) {
      throw new VoxwatchError(
        'INVALID_ARGUMENT',
        `A constant of ${tensor.dims.join(' × ')} cannot hold ${tensor.data.length} numbers.`,
      );
    }
    this.#claim(tensor.name);
    this.initializers.push(tensor);
    return tensor.name;
  }

  #claim(name: string): void {
    if (this.#names.has(name)) throw new VoxwatchError('INVALID_ARGUMENT', `Two values of an ONNX graph are called ${name}.`);
    this.#names.add(name);
  }
}
