/**
 * UpSampling2D and our BilinearUpsampling2D → Resize.
 *
 * Where a pixel of the output comes from decides: tfjs-layers' UpSampling2D reads at `r / size` (`asymmetric`), also
 * bilinear, where Keras reads at pixel centres; our layer keeps the corners in place.
 * @module
 */
import type { GraphBuilder } from '../onnx/graph.ts';
import { type LayerCall, type LayerRule, pairOption, requireChannelsLast, requireOption, singleInput } from './layer-call.ts';

/** Axes of [N, C, H, W] that grow. */
const IMAGE_AXES = [2, 3] as const;

/** Attributes of Resize. */
const NEAREST = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' } as const;
const BILINEAR = { mode: 'linear', coordinate_transformation_mode: 'asymmetric' } as const;
const CORNERS_KEPT = { mode: 'linear', coordinate_transformation_mode: 'align_corners' } as const;

/** UpSampling2D, nearest or bilinear. */
export const upsampling: LayerRule = (call, graph) => {
  requireChannelsLast(call);
  const interpolation = requireOption(call, 'interpolation', ['nearest', 'bilinear']);
  return addResize(call, graph, pairOption(call, 'size'), interpolation === 'nearest' ? NEAREST : BILINEAR);
};

/** Our BilinearUpsampling2D, which doubles. */
export const cornerBilinearUpsampling: LayerRule = (call, graph) => addResize(call, graph, [2, 2], CORNERS_KEPT);

function addResize(
  call: LayerCall,
  graph: GraphBuilder,
  factors: readonly [rows: number, columns: number],
  attributes: Readonly<Record<string, string>>,
): string {
  const scales = graph.floats(`${call.name}/scales`, [factors.length], Float32Array.from(factors));
  return graph.add('Resize', `${call.name}/resized`, [singleInput(call).value, '', scales], { axes: IMAGE_AXES, ...attributes });
}
