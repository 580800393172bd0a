/**
 * ONNX Runtime's Resize: the other implementation of the definitions in `preprocess/`.
 * @module
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel } from '../../export/onnx/encode.ts';
import { GraphBuilder } from '../../export/onnx/graph.ts';
import type { SliceSize } from '../../preprocess/resize.ts';

const ATTRIBUTES = {
  linear: { mode: 'linear' },
  antialiased: { mode: 'linear', antialias: 1 },
  nearest: { mode: 'nearest', nearest_mode: 'round_prefer_floor' },
} as const;

/** @returns one slice of `from` on a grid of `to`, row-major, half-pixel coordinates. */
export async function onnxResize(
  kind: keyof typeof ATTRIBUTES,
): Promise<(data: Float32Array, from: SliceSize, to: SliceSize) => Promise<Float32Array>> {
  const graph = new GraphBuilder();
  const attributes = { axes: [2, 3], coordinate_transformation_mode: 'half_pixel', ...ATTRIBUTES[kind] };
  graph.add('Resize', 'y', ['x', '', '', 'size'], attributes);
  const bytes = encodeModel({
    graphName: 'resize',
    producerName: 'test',
    producerVersion: '0',
    nodes: graph.nodes,
    initializers: [],
    inputs: [
      { name: 'x', elementType: 'float32', dims: [1, 1, 'H', 'W'] },
      { name: 'size', elementType: 'int64', dims: [2] },
    ],
    outputs: [{ name: 'y', elementType: 'float32', dims: [1, 1, 'h', 'w'] }],
    metadata: {},
  });
  const session = await InferenceSession.create(bytes);
  return async (data, from, to) => {
    const size = new Tensor('int64', BigInt64Array.of(BigInt(to[1]), BigInt(to[0])), [2]);
    const { y } = await session.run({ x: new Tensor('float32', data, [1, 1, from[1], from[0]]), size });
    return y?.data as Float32Array;
  };
}
