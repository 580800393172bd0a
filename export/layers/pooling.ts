/**
 * MaxPooling2D and AveragePooling2D → MaxPool and AveragePool; GlobalMaxPooling2D and GlobalAveragePooling2D → ReduceMax
 * and ReduceMean. Padding never wins a maximum and never counts in a mean, in TensorFlow.js as in ONNX.
 * @module
 */
import type { OnnxAttribute } from '../onnx/encode.ts';
import { type LayerRule, pairOption, requireChannelsLast, singleInput } from './layer-call.ts';
import { paddingOption, windowPads } from './padding.ts';

/** Axes of [N, C, H, W] that global pooling takes away. */
const IMAGE_AXES = [2, 3] as const;

/** MaxPooling2D. */
export const maxPooling: LayerRule = pooling('MaxPool');

/** AveragePooling2D. */
export const averagePooling: LayerRule = pooling('AveragePool', { count_include_pad: 0 });

/** GlobalMaxPooling2D: an image becomes a vector. */
export const globalMaxPooling: LayerRule = globalPooling('ReduceMax');

/** GlobalAveragePooling2D: an image becomes a vector. */
export const globalAveragePooling: LayerRule = globalPooling('ReduceMean');

function pooling(operator: string, attributes: Readonly<Record<string, OnnxAttribute>> = {}): LayerRule {
  return (call, graph) => {
    requireChannelsLast(call);
    const window = pairOption(call, 'poolSize');
    return graph.add(operator, `${call.name}/pooling`, [singleInput(call).value], {
      kernel_shape: window,
      strides: pairOption(call, 'strides'),
      ...windowPads(call, { window, padding: paddingOption(call) }),
      ...attributes,
    });
  };
}

function globalPooling(operator: string): LayerRule {
  return (call, graph) => {
    requireChannelsLast(call);
    const axes = graph.integers(`${call.name}/axes`, IMAGE_AXES);
    return graph.add(operator, `${call.name}/pooling`, [singleInput(call).value, axes], { keepdims: 0 });
  };
}
