/**
 * Activations that are layers of their own: Activation, ELU, LeakyReLU, PReLU, ChannelPReLU, ReLU, Softmax,
 * ThresholdedReLU.
 * @module
 */
import { addActivation } from './activation.ts';
import { constantChannelsFirst, isChannelAxis, withLeadingOnes } from './channels-first.ts';
import { type LayerRule, requireFit, singleInput, unsupported, weight } from './layer-call.ts';

/** What tfjs-layers takes where a layer does not say. */
const DEFAULTS = { leakyReluAlpha: 0.3, thresholdedReluTheta: 1, softmaxAxis: 1 } as const;

/** Activation: the option of other layers as a layer of its own. */
export const activation: LayerRule = (call, graph) => addActivation(call, graph, singleInput(call).value);

/** ELU; tfjs-layers knows no other alpha than 1. */
export const elu: LayerRule = (call, graph) => graph.add('Elu', `${call.name}/elu`, [singleInput(call).value]);

/** LeakyReLU. */
export const leakyRelu: LayerRule = (call, graph) =>
  graph.add('LeakyRelu', `${call.name}/leaky-relu`, [singleInput(call).value], {
    alpha: { float: Number(call.layer.getConfig().alpha ?? DEFAULTS.leakyReluAlpha) },
  });

/** ReLU, also one with an upper limit. */
export const relu: LayerRule = (call, graph) => {
  const limit = call.layer.getConfig().maxValue;
  const value = singleInput(call).value;
  if (limit === undefined || limit === null) return graph.add('Relu', `${call.name}/relu`, [value]);
  const [lowest, highest] = [graph.scalar(`${call.name}/lowest`, 0), graph.scalar(`${call.name}/highest`, Number(limit))];
  return graph.add('Clip', `${call.name}/relu`, [value, lowest, highest]);
};

/** ThresholdedReLU: 0 up to its threshold, the value itself above. */
export const thresholdedRelu: LayerRule = (call, graph) =>
  graph.add('ThresholdedRelu', `${call.name}/thresholded-relu`, [singleInput(call).value], {
    alpha: { float: Number(call.layer.getConfig().theta ?? DEFAULTS.thresholdedReluTheta) },
  });

/** Softmax over the channels; tfjs itself computes it over no other axis. */
export const softmax: LayerRule = (call, graph) => {
  const input = singleInput(call);
  const option = call.layer.getConfig().axis ?? DEFAULTS.softmaxAxis;
  const axis = Array.isArray(option) && option.length === 1 ? option[0] : option;
  if (!isChannelAxis(axis, input.spatial.length + 2))
    throw unsupported(call, `its axis is ${JSON.stringify(option)}, not the channels'`);
  return graph.add('Softmax', `${call.name}/softmax`, [input.value], { axis: 1 });
};

/**
 * PReLU with any shared axes, and our ChannelPReLU: slopes for what is below 0. Slopes that are not shared over the image
 * fix its size in the weights; such a model has no free size to begin with.
 */
export const prelu: LayerRule = (call, graph) => {
  const input = singleInput(call);
  const { data, shape } = weight(call, 0);
  const slopes = constantChannelsFirst(withLeadingOnes(shape, input.spatial.length + 1), data);
  const isWhole = (size: number, axis: number): boolean => size === 1 || size === (input.spatial[axis] ?? size);
  requireFit(call, slopes.dims.slice(1).every(isWhole));
  const slope = graph.floats(`${call.name}/slope`, slopes.dims, slopes.data);
  if (!slopes.data.every((value) => value <= 1)) return graph.add('PRelu', `${call.name}/prelu`, [input.value, slope]);
  // The larger of x and slope · x is the same for slopes up to 1. ONNX Runtime's PRelu is slow on the CPU: of an ENet's time at
  // 512 × 512 this saves an eighth to a sixth.
  return graph.add('Max', `${call.name}/prelu`, [input.value, graph.add('Mul', `${call.name}/scaled`, [input.value, slope])]);
};
