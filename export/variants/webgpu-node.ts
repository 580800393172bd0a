/**
 * A node of a graph that is rewritten for WebGPU: its one output has its name.
 * @module
 */
import type { OnnxNode } from '../onnx/encode.ts';

export function node(operator: string, name: string, inputs: readonly string[], attributes: OnnxNode['attributes'] = {}): OnnxNode {
  return { operator, name, inputs, outputs: [name], attributes };
}
