/**
 * A fused stage's graph → which part of it is the network: what comes before is preparation in HU, what comes after makes
 * labels or probabilities. A variant changes the network alone.
 *
 * `fuse-stage.ts` and `fuse-millimetre-stage.ts` name the operators before `input/…` and those after `output/…`, or as the
 * output of the file; layers are named by their own path.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { OnnxModel, OnnxNode } from '../onnx/encode.ts';

export interface NetworkPart {
  /** Operators of the network, in order of computation. */
  readonly nodes: readonly OnnxNode[];
  readonly before: readonly OnnxNode[];
  readonly after: readonly OnnxNode[];
  /** The value that the network reads: float32 [N, C, h, w]. */
  readonly input: string;
  /** Its logits: float32 [N, C, h, w]. */
  readonly output: string;
}

/**
 * Splits a stage's graph.
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED` where it is not a graph that voxwatch fused.
 */
export function networkPart({ nodes, initializers, outputs }: OnnxModel): NetworkPart {
  const outputNames = new Set(outputs.map(({ name }) => name));
  const isBefore = ({ name }: OnnxNode): boolean => name.startsWith('input/');
  const isAfter = ({ name }: OnnxNode): boolean => name.startsWith('output/') || outputNames.has(name);
  const before = nodes.filter(isBefore);
  const after = nodes.filter((node) => !isBefore(node) && isAfter(node));
  const own = nodes.filter((node) => !isBefore(node) && !isAfter(node));
  const constants = new Set(initializers.map(({ name }) => name));
  const given = new Set(own.flatMap(({ outputs }) => outputs));
  const read = valuesRead(own).filter((name) => !given.has(name) && !constants.has(name));
  const handedOn = valuesRead(after).filter((name) => given.has(name));
  const [input, output] = [read[0], handedOn[0]];
  if (input !== undefined && output !== undefined && read.length === 1 && handedOn.length === 1)
    return { nodes: own, before, after, input, output };
  throw new VoxwatchError(
    'EXPORT_UNSUPPORTED',
    `A variant needs a graph that voxwatch fused, whose network reads one value and gives one; this one reads ${read.length} and gives ${handedOn.length}.`,
  );
}

/** Names of all values and constants that operators read, each once. */
export function valuesRead(nodes: readonly OnnxNode[]): string[] {
  return [...new Set(nodes.flatMap(({ inputs }) => inputs).filter((name) => name !== ''))];
}

/** A node that reads other values: `renamed` maps old names to new ones. */
export function reading(node: OnnxNode, renamed: ReadonlyMap<string, string>): OnnxNode {
  return { ...node, inputs: node.inputs.map((name) => renamed.get(name) ?? name) };
}
