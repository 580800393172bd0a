/**
 * Cropping2D and our CropToMatch → Slice.
 * @module
 */
import type { GraphBuilder } from '../onnx/graph.ts';
import { type FeatureMap, type LayerCall, type LayerRule, requireChannelsLast, singleInput } from './layer-call.ts';

/** Axes of [N, C, H, W] that are cut. */
const IMAGE_AXES = [2, 3] as const;

/** `Slice` cuts an end that lies further out to the end of the axis. */
const NO_END = Number.MAX_SAFE_INTEGER;

/** Cropping2D; its option is [[top, bottom], [left, right]]. */
export const cropping: LayerRule = (call, graph) => {
  requireChannelsLast(call);
  const [[top, bottom], [left, right]] = call.layer.getConfig().cropping as [[number, number], [number, number]];
  // A negative end counts from the end of the axis, so the size need not be known.
  const ends = [bottom, right].map((cut) => (cut === 0 ? NO_END : -cut));
  return addSlice(call, graph, {
    value: singleInput(call).value,
    starts: [top, left],
    ends: graph.integers(`${call.name}/ends`, ends),
  });
};

/** Our CropToMatch: the first input, cut at its bottom and right to the size of the second. */
export const cropToMatch: LayerRule = (call, graph) => {
  const [{ value, spatial }, reference] = call.inputs as [FeatureMap, FeatureMap];
  const isKnown = !reference.spatial.includes(null);
  if (isKnown && spatial.join() === reference.spatial.join()) return value;
  const ends = isKnown
    ? graph.integers(`${call.name}/ends`, reference.spatial as readonly number[])
    : graph.add('Shape', `${call.name}/ends`, [reference.value], { start: 2, end: 4 });
  return addSlice(call, graph, { value, starts: [0, 0], ends });
};

interface Cut {
  readonly value: string;
  readonly starts: readonly number[];
  /** Name of the ends. */
  readonly ends: string;
}

function addSlice({ name }: LayerCall, graph: GraphBuilder, { value, starts, ends }: Cut): string {
  const constants = [graph.integers(`${name}/starts`, starts), ends, graph.integers(`${name}/axes`, IMAGE_AXES)];
  return graph.add('Slice', `${name}/crop`, [value, ...constants]);
}
