/**
 * BatchNormalization and FusedBatchNormalization (the same, trained with faster kernels) → BatchNormalization, in
 * inference: `gamma · (x − mean) / √(variance + epsilon) + beta`.
 *
 * Source: tfjs-layers `normalization.ts`: the axis is the channels', gamma and beta may be absent, and weights come
 * as gamma, beta, moving mean, moving variance.
 * @module
 */
import { isChannelAxis } from './channels-first.ts';
import {
  type ChannelAffine,
  type LayerCall,
  type LayerRule,
  requireOption,
  singleInput,
  unsupported,
  weight,
} from './layer-call.ts';

/** What tfjs-layers takes where a layer does not say. */
const DEFAULT_EPSILON = 1e-3;

/** Whether a layer is one that {@link channelAffine} can read. */
export function isNormalization(className: string): boolean {
  return className === 'BatchNormalization' || className === 'FusedBatchNormalization';
}

/** A normalisation that no convolution could take over. */
export const batchNormalization: LayerRule = (call, graph) => {
  const { gamma, beta, mean, variance, epsilon } = parameters(call);
  const vector = (name: string, data: Float32Array) => graph.floats(`${call.name}/${name}`, [data.length], data);
  return graph.add(
    'BatchNormalization',
    `${call.name}/normalization`,
    [singleInput(call).value, vector('gamma', gamma), vector('beta', beta), vector('mean', mean), vector('variance', variance)],
    { epsilon: { float: epsilon } },
  );
};

/** The same normalisation as one scale and one shift a channel, float64. */
export function channelAffine(call: LayerCall): ChannelAffine {
  const { gamma, beta, mean, variance, epsilon } = parameters(call);
  const scale = Float64Array.from(gamma, (value, c) => value / Math.sqrt((variance[c] as number) + epsilon));
  return { scale, shift: Float64Array.from(beta, (value, c) => value - (mean[c] as number) * (scale[c] as number)) };
}

function parameters(call: LayerCall) {
  const { axis, epsilon } = call.layer.getConfig();
  if (!isChannelAxis(axis ?? -1, call.output.spatial.length + 2))
    throw unsupported(call, `its axis is ${JSON.stringify(axis)}, not the channels'`);
  const hasGamma = requireOption(call, 'scale', [true, false]) === 'true';
  const hasBeta = requireOption(call, 'center', [true, false]) === 'true';
  const { channels } = call.output;
  let next = 0;
  const vector = (): Float32Array => weight(call, next++).data;
  const gamma = hasGamma ? vector() : new Float32Array(channels).fill(1);
  const beta = hasBeta ? vector() : new Float32Array(channels);
  const [mean, variance] = [vector(), vector()];
  if ([gamma, beta, mean, variance].some(({ length }) => length !== channels))
    throw unsupported(call, 'its weights are not one a channel');
  return { gamma, beta, mean, variance, epsilon: Number(epsilon ?? DEFAULT_EPSILON) };
}
