/**
 * LayerNormalization: `gamma · (x − mean) / √(variance + epsilon) + beta` with the mean and variance of each image or pixel.
 *
 * Written out: ONNX's LayerNormalization runs over the last axes, where our channels are not.
 * @module
 */
import type { GraphBuilder } from '../onnx/graph.ts';
import { constantChannelsFirst, onnxAxis } from './channels-first.ts';
import { type LayerCall, type LayerRule, requireFit, requireOption, singleInput, unsupported, weight } from './layer-call.ts';

/** What tfjs-layers takes where a layer does not say. */
const DEFAULT_EPSILON = 1e-3;

export const layerNormalization: LayerRule = (call, graph) => {
  const { name } = call;
  const { value, spatial } = singleInput(call);
  const rank = spatial.length + 2;
  const option = call.layer.getConfig().axis as number | number[];
  const axes = (Array.isArray(option) ? option : [option]).map((axis) => (axis < 0 ? axis + rank : axis));
  if (axes.includes(0)) throw unsupported(call, 'it normalises over the batch');
  const onnxAxes = graph.integers(
    `${name}/axes`,
    axes.map((axis) => onnxAxis(axis, rank)),
  );
  const mean = graph.add('ReduceMean', `${name}/mean`, [value, onnxAxes], { keepdims: 1 });
  const centred = graph.add('Sub', `${name}/centred`, [value, mean]);
  const squares = graph.add('Mul', `${name}/squares`, [centred, centred]);
  const variance = graph.add('ReduceMean', `${name}/variance`, [squares, onnxAxes], { keepdims: 1 });
  const epsilon = graph.scalar(`${name}/epsilon`, Number(call.layer.getConfig().epsilon ?? DEFAULT_EPSILON));
  const deviation = graph.add('Sqrt', `${name}/deviation`, [graph.add('Add', `${name}/raised`, [variance, epsilon])]);
  return addGammaAndBeta(call, graph, { value: graph.add('Div', `${name}/normalized`, [centred, deviation]), axes });
};

/** Gamma and beta, of which either may be absent, have the sizes of the axes that are normalised over. */
function addGammaAndBeta(
  call: LayerCall,
  graph: GraphBuilder,
  { value, axes }: { value: string; axes: readonly number[] },
): string {
  const { name, output } = call;
  const sizes = [...output.spatial, output.channels];
  const shape = sizes.map((size, index) => (axes.includes(index + 1) ? (size as number) : 1));
  let next = 0;
  const constant = (key: string): string => {
    const values = weight(call, next++).data;
    requireFit(call, values.length === shape.reduce((product, size) => product * size, 1));
    const { dims, data } = constantChannelsFirst(shape, values);
    return graph.floats(`${name}/${key}`, dims, data);
  };
  const has = (option: string): boolean => requireOption(call, option, [true, false]) === 'true';
  const scaled = has('scale') ? graph.add('Mul', `${name}/scaled`, [value, constant('gamma')]) : value;
  return has('center') ? graph.add('Add', `${name}/shifted`, [scaled, constant('beta')]) : scaled;
}
