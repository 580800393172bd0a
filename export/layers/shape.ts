/**
 * Layers that change sizes, and those that change nothing in inference: ChannelPadding, ZeroPadding2D → Pad;
 * dropout and noise → nothing.
 * @module
 */
import { type LayerRule, requireOption, singleInput } from './layer-call.ts';

/** Dropout, SpatialDropout2D, GaussianNoise: they work in training only. */
export const identity: LayerRule = (call) => singleInput(call).value;

/** Our ChannelPadding: zeros after the last channel (ENet's way to add a narrow value to a wide one). */
export const channelPadding: LayerRule = (call, graph) => {
  const input = singleInput(call);
  const added = call.output.channels - input.channels;
  return graph.add('Pad', `${call.name}/padding`, [
    input.value,
    graph.integers(`${call.name}/pads`, [0, 0, 0, 0, 0, added, 0, 0]),
    graph.scalar(`${call.name}/zero`, 0),
  ]);
};

/** ZeroPadding2D; its option is [[top, bottom], [left, right]]. */
export const zeroPadding: LayerRule = (call, graph) => {
  requireOption(call, 'dataFormat', ['channelsLast', null]);
  const [[top, bottom], [left, right]] = call.layer.getConfig()['padding'] as [[number, number], [number, number]];
  return graph.add('Pad', `${call.name}/padding`, [
    singleInput(call).value,
    graph.integers(`${call.name}/pads`, [0, 0, top, left, 0, 0, bottom, right]),
    graph.scalar(`${call.name}/zero`, 0),
  ]);
};
