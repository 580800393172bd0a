/**
 * A fused stage's graph run on real slices → the range of each value that is to be quantized.
 *
 * The graph gets two small outputs for each value, its lowest and its highest number, so that whole feature maps need not
 * be handed out or kept.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { encodeModel, type OnnxModel, type OnnxNode } from '../onnx/encode.ts';
import { quantizedValues, type ValueRange } from './quantize.ts';

/** Runs a graph on one slice and gives all its outputs that are float32. */
export type RunValues<Slice> = (onnx: Uint8Array, slice: Slice) => Promise<ReadonlyMap<string, Float32Array>>;

/**
 * Finds the ranges over all slices.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` without slices, `EXPORT_UNSUPPORTED` as {@link quantizedValues}.
 */
export async function calibrate<Slice>(
  model: OnnxModel,
  slices: readonly Slice[],
  run: RunValues<Slice>,
): Promise<ReadonlyMap<string, ValueRange>> {
  if (slices.length === 0) throw new VoxwatchError('INVALID_ARGUMENT', 'Calibration needs at least one slice; there was none.');
  const values = quantizedValues(model);
  const onnx = encodeModel(withRanges(model, values));
  const ranges = new Map<string, ValueRange>();
  for (const slice of slices) {
    const found = await run(onnx, slice);
    for (const value of values) {
      const [lowest, highest] = ENDS.map((end) => found.get(`${value}/${end}`)?.[0] ?? Number.NaN) as [number, number];
      const [least, most] = ranges.get(value) ?? [lowest, highest];
      ranges.set(value, [Math.min(least, lowest), Math.max(most, highest)]);
    }
  }
  return ranges;
}

const ENDS = ['lowest', 'highest'] as const;

function withRanges(model: OnnxModel, values: readonly string[]): OnnxModel {
  const nodes = values.flatMap((value) => [
    reduced('ReduceMin', `${value}/lowest`, value),
    reduced('ReduceMax', `${value}/highest`, value),
  ]);
  const outputs = nodes.map(({ name }) => ({ name, elementType: 'float32', dims: [] }) as const);
  return { ...model, nodes: [...model.nodes, ...nodes], outputs: [...model.outputs, ...outputs] };
}

/** Over all axes. */
function reduced(operator: string, name: string, input: string): OnnxNode {
  return { operator, name, inputs: [input], outputs: [name], attributes: { keepdims: 0 } };
}
