/**
 * Activations, as layers and as the `activation` option of others → Relu, PRelu, LeakyRelu, Sigmoid, Softmax.
 * @module
 */
import type { OnnxAttribute } from '../onnx/encode.ts';
import type { GraphBuilder } from '../onnx/graph.ts';
import { type LayerCall, type LayerRule, requireOption, singleInput, unsupported, weight } from './layer-call.ts';

/** By the name that tfjs-layers gives an activation. Softmax runs over the channels, which are axis 1 here. */
const OPERATORS: Readonly<Record<string, readonly [operator: string, attributes: Readonly<Record<string, OnnxAttribute>>]>> = {
  relu: ['Relu', {}],
  sigmoid: ['Sigmoid', {}],
  softmax: ['Softmax', { axis: 1 }],
};

/** Adds what a layer's `activation` option asks for, to a value. @returns the value after it. */
export function addActivation(call: LayerCall, graph: GraphBuilder, value: string): string {
  const activation = requireOption(call, 'activation', ['linear', ...Object.keys(OPERATORS), null]);
  const operator = OPERATORS[activation];
  return operator ? graph.add(operator[0], `${call.name}/${activation}`, [value], operator[1]) : value;
}

/** Activation: the option as a layer of its own. */
export const activation: LayerRule = (call, graph) => addActivation(call, graph, singleInput(call).value);

/** ReLU, also one with an upper limit. */
export const relu: LayerRule = (call, graph) => {
  const limit = call.layer.getConfig()['maxValue'];
  const value = singleInput(call).value;
  if (limit === undefined || limit === null) return graph.add('Relu', `${call.name}/relu`, [value]);
  const [lowest, highest] = [graph.scalar(`${call.name}/lowest`, 0), graph.scalar(`${call.name}/highest`, Number(limit))];
  return graph.add('Clip', `${call.name}/relu`, [value, lowest, highest]);
};

/** LeakyReLU. */
export const leakyRelu: LayerRule = (call, graph) =>
  graph.add('LeakyRelu', `${call.name}/leaky-relu`, [singleInput(call).value], {
    alpha: { float: Number(call.layer.getConfig()['alpha'] ?? 0.3) },
  });

/** Softmax over the channels. */
export const softmax: LayerRule = (call, graph) => {
  requireOption(call, 'axis', [-1, 3]);
  return graph.add('Softmax', `${call.name}/softmax`, [singleInput(call).value], { axis: 1 });
};

/**
 * PReLU and our ChannelPReLU: one slope a channel for what is below 0. A slope a pixel would fix the size of the image
 * in the weights and is refused.
 */
export const prelu: LayerRule = (call, graph) => {
  const { channels, value } = singleInput(call);
  const { data, shape } = weight(call, 0);
  if (data.length !== channels || shape[shape.length - 1] !== channels) throw unsupported(call, 'its slopes are not one a channel');
  return graph.add('PRelu', `${call.name}/prelu`, [value, graph.floats(`${call.name}/slope`, [channels, 1, 1], data)]);
};
