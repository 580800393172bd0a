/**
 * ZeroPadding2D and our ChannelPadding → Pad; Rescaling → Mul and Add; dropout and noise → nothing.
 * @module
 */
import type { GraphBuilder } from '../onnx/graph.ts';
import { type LayerCall, type LayerRule, requireChannelsLast, singleInput } from './layer-call.ts';

/** Dropout and noise of all kinds: they work in training only. */
export const identity: LayerRule = (call) => singleInput(call).value;

/** Our ChannelPadding: zeros after the last channel (ENet's way to add a narrow value to a wide one). */
export const channelPadding: LayerRule = (call, graph) => {
  const added = call.output.channels - singleInput(call).channels;
  return addPadding(call, graph, [0, 0, 0, 0, 0, added, 0, 0]);
};

/** ZeroPadding2D; its option is [[top, bottom], [left, right]]. */
export const zeroPadding: LayerRule = (call, graph) => {
  requireChannelsLast(call);
  const [[top, bottom], [left, right]] = call.layer.getConfig().padding as [[number, number], [number, number]];
  return addPadding(call, graph, [0, 0, top, left, 0, 0, bottom, right]);
};

/** Rescaling: `scale · x + offset`. */
export const rescaling: LayerRule = (call, graph) => {
  const { scale, offset } = call.layer.getConfig();
  const scaled = graph.add('Mul', `${call.name}/scaled`, [
    singleInput(call).value,
    graph.scalar(`${call.name}/scale`, Number(scale)),
  ]);
  return graph.add('Add', `${call.name}/shifted`, [scaled, graph.scalar(`${call.name}/offset`, Number(offset ?? 0))]);
};

function addPadding(call: LayerCall, graph: GraphBuilder, pads: readonly number[]): string {
  return graph.add('Pad', `${call.name}/padding`, [
    singleInput(call).value,
    graph.integers(`${call.name}/pads`, pads),
    graph.scalar(`${call.name}/zero`, 0),
  ]);
}
