/**
 * Add and Concatenate → Add, Sum and Concat.
 * @module
 */
import { type LayerRule, requireOption, unsupported } from './layer-call.ts';

/** Add: the sum of two or more values of equal size. TensorFlow.js would also stretch a smaller one; that is refused. */
export const sum: LayerRule = (call, graph) => {
  const { height, width, channels } = call.output;
  const areEqual = call.inputs.every((input) => input.height === height && input.width === width && input.channels === channels);
  if (!areEqual || call.inputs.length < 2) throw unsupported(call, 'its inputs differ in size');
  return graph.add(
    call.inputs.length === 2 ? 'Add' : 'Sum',
    `${call.name}/sum`,
    call.inputs.map(({ value }) => value),
  );
};

/** Concatenate along the channels. */
export const concatenation: LayerRule = (call, graph) => {
  requireOption(call, 'axis', [-1, 3]);
  return graph.add(
    'Concat',
    `${call.name}/concatenation`,
    call.inputs.map(({ value }) => value),
    { axis: 1 },
  );
};
