/**
 * The `activation` option of layers → ONNX operators.
 *
 * Source: tfjs-layers 4.22 `activations.ts`, by the names that `serializeActivation` gives.
 * @module
 */
import type { OnnxAttribute } from '../onnx/encode.ts';
import type { GraphBuilder } from '../onnx/graph.ts';
import { type LayerCall, requireOption } from './layer-call.ts';

/** Adds an activation to a value. @returns the value after it; other values that it needs are named after `name`. */
type AddActivation = (graph: GraphBuilder, name: string, value: string) => string;

/** One operator of ONNX says it all. */
function operator(type: string, attributes: Readonly<Record<string, OnnxAttribute>> = {}): AddActivation {
  return (graph, name, value) => graph.add(type, name, [value], attributes);
}

/** Softmax and its logarithm run over the channels, which are axis 1 here. */
const CHANNELS = { axis: 1 } as const;

/** What `gelu_new` has instead of the error function: x + 0.044715 x³, times √(2 / π). */
const GELU_CUBIC = 0.044715;

const ACTIVATIONS: Readonly<Record<string, AddActivation>> = {
  linear: (_graph, _name, value) => value,
  elu: operator('Elu'),
  gelu: addGelu,
  gelu_new: addTanhGelu,
  hardSigmoid: operator('HardSigmoid', { alpha: { float: 0.2 }, beta: { float: 0.5 } }),
  logSoftmax: operator('LogSoftmax', CHANNELS),
  mish: addMish,
  relu: operator('Relu'),
  relu6: addRelu6,
  selu: operator('Selu'),
  sigmoid: operator('Sigmoid'),
  softmax: operator('Softmax', CHANNELS),
  softplus: operator('Softplus'),
  softsign: operator('Softsign'),
  swish: (graph, name, value) => graph.add('Mul', name, [value, graph.add('Sigmoid', `${name}/sigmoid`, [value])]),
  tanh: operator('Tanh'),
};

/** Adds what a layer's `activation` option asks for, to a value. @returns the value after it. */
export function addActivation(call: LayerCall, graph: GraphBuilder, value: string): string {
  const activation = requireOption(call, 'activation', Object.keys(ACTIVATIONS));
  return (ACTIVATIONS[activation] as AddActivation)(graph, `${call.name}/${activation}`, value);
}

function addRelu6(graph: GraphBuilder, name: string, value: string): string {
  return graph.add('Clip', name, [value, graph.scalar(`${name}/lowest`, 0), graph.scalar(`${name}/highest`, 6)]);
}

/** x · Φ(x). ONNX has `Gelu` from opset 20 on only. */
function addGelu(graph: GraphBuilder, name: string, value: string): string {
  const scaled = graph.add('Div', `${name}/scaled`, [value, graph.scalar(`${name}/root-of-2`, Math.SQRT2)]);
  return addHalfOfOnePlus(graph, name, { value, odd: graph.add('Erf', `${name}/erf`, [scaled]) });
}

function addTanhGelu(graph: GraphBuilder, name: string, value: string): string {
  const square = graph.add('Mul', `${name}/square`, [value, value]);
  const cube = graph.add('Mul', `${name}/cube`, [square, value]);
  const share = graph.add('Mul', `${name}/share-of-cube`, [cube, graph.scalar(`${name}/cubic`, GELU_CUBIC)]);
  const sum = graph.add('Add', `${name}/sum`, [value, share]);
  const scaled = graph.add('Mul', `${name}/scaled`, [sum, graph.scalar(`${name}/scale`, Math.sqrt(2 / Math.PI))]);
  return addHalfOfOnePlus(graph, name, { value, odd: graph.add('Tanh', `${name}/tanh`, [scaled]) });
}

/** value · (1 + odd) / 2. */
function addHalfOfOnePlus(graph: GraphBuilder, name: string, { value, odd }: { value: string; odd: string }): string {
  const onePlus = graph.add('Add', `${name}/one-plus`, [odd, graph.scalar(`${name}/one`, 1)]);
  const doubled = graph.add('Mul', `${name}/doubled`, [value, onePlus]);
  return graph.add('Mul', name, [doubled, graph.scalar(`${name}/half`, 0.5)]);
}

/** x · tanh(softplus(x)): written out, as not every provider knows ONNX's own. */
function addMish(graph: GraphBuilder, name: string, value: string): string {
  const softplus = graph.add('Softplus', `${name}/softplus`, [value]);
  return graph.add('Mul', name, [value, graph.add('Tanh', `${name}/tanh`, [softplus])]);
}
