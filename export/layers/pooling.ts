/**
 * MaxPooling2D and AveragePooling2D → MaxPool and AveragePool. Padding never wins a maximum and never counts in a mean,
 * in TensorFlow.js as in ONNX.
 * @module
 */
import type { OnnxAttribute } from '../onnx/encode.ts';
import { type LayerRule, pairOption, requireOption, singleInput } from './layer-call.ts';
import { paddingOption, windowPads } from './padding.ts';

/** MaxPooling2D. */
export const maxPooling: LayerRule = (call, graph) => addPooling('MaxPool', {})(call, graph);

/** AveragePooling2D. */
export const averagePooling: LayerRule = (call, graph) => addPooling('AveragePool', { count_include_pad: 0 })(call, graph);

function addPooling(operator: string, attributes: Readonly<Record<string, OnnxAttribute>>): LayerRule {
  return (call, graph) => {
    requireOption(call, 'dataFormat', ['channelsLast', null]);
    const window = pairOption(call, 'poolSize');
    return graph.add(operator, `${call.name}/pooling`, [singleInput(call).value], {
      kernel_shape: window,
      strides: pairOption(call, 'strides'),
      pads: windowPads(call, { window, padding: paddingOption(call) }),
      ...attributes,
    });
  };
}
