/**
 * An {@link Intensity} as ONNX operators: HU on the network's grid [N, 1, h, w] → network input [N, C, h, w].
 *
 * The same operations in the same order as `preprocess/intensity/network-input.ts`.
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';
import type { FeatureWiseStatistics } from '../preprocess/feature-wise.ts';
import { edgePlaces, SMALLEST_WIDTH } from '../preprocess/intensity/equalize.ts';
import type { HuWindow, Intensity } from '../preprocess/intensity/intensity.ts';
import { SMALLEST_RANGE_HU } from '../preprocess/intensity/network-input.ts';
import { ELEMENT_TYPES } from './onnx/encode.ts';
import type { GraphBuilder } from './onnx/graph.ts';

/** Axes of [N, C, H, W] over which a slice's own lowest and highest value are taken. */
const SLICE_AXES = [1, 2, 3] as const;

/**
 * Adds the operators of a scheme.
 * @param hu - Name of float32 HU [N, 1, h, w].
 * @param grid - `[width, height]`.
 * @returns name of the network's input.
 */
export function addIntensity(graph: GraphBuilder, hu: string, intensity: Intensity, grid: readonly [number, number]): string {
  switch (intensity.scheme) {
    case 'feature-wise':
      return addFeatureWise(graph, hu, intensity.statistics, grid);
    case 'min-max':
      return addMinMax(graph, hu);
    case 'standardise':
      return addStandardise(graph, hu, intensity);
    case 'as-stored':
      return graph.add('Concat', 'input/channels', Array<string>(intensity.channels).fill(hu), { axis: 1 });
    case 'windows':
      return addWindows(graph, hu, intensity, grid);
  }
}

function addFeatureWise(
  graph: GraphBuilder,
  hu: string,
  { sizePixels, mean, standardDeviation, clampHu }: FeatureWiseStatistics,
  grid: readonly [number, number],
): string {
  if (sizePixels.join() !== grid.join()) {
    throw new VoxwatchError(
      'INVALID_ARGUMENT',
      `The statistics are ${sizePixels.join(' × ')} pixels; the stage's grid is ${grid.join(' × ')}.`,
    );
  }
  const slice = [1, 1, grid[1], grid[0]];
  const limits = [graph.scalar('input/lowest', clampHu[0]), graph.scalar('input/highest', clampHu[1])];
  const clamped = graph.add('Clip', 'input/clamped', [hu, ...limits]);
  const centred = graph.add('Sub', 'input/centred', [clamped, graph.floats('input/mean', slice, mean)]);
  return graph.add('Div', 'input/normalized', [centred, graph.floats('input/standard-deviation', slice, standardDeviation)]);
}

function addMinMax(graph: GraphBuilder, hu: string): string {
  const axes = graph.integers('input/slice-axes', SLICE_AXES);
  const lowest = graph.add('ReduceMin', 'input/lowest', [hu, axes], { keepdims: 1 });
  const highest = graph.add('ReduceMax', 'input/highest', [hu, axes], { keepdims: 1 });
  const range = graph.add('Sub', 'input/range', [highest, lowest]);
  const divisor = graph.add('Max', 'input/divisor', [range, graph.scalar('input/smallest-range', SMALLEST_RANGE_HU)]);
  return graph.add('Div', 'input/normalized', [graph.add('Sub', 'input/above-lowest', [hu, lowest]), divisor]);
}

function addStandardise(
  graph: GraphBuilder,
  hu: string,
  { clampHu, meanHu, standardDeviationHu }: Extract<Intensity, { scheme: 'standardise' }>,
): string {
  const limits = [graph.scalar('input/lowest', clampHu[0]), graph.scalar('input/highest', clampHu[1])];
  const clamped = graph.add('Clip', 'input/clamped', [hu, ...limits]);
  const centred = graph.add('Sub', 'input/centred', [clamped, graph.scalar('input/mean', meanHu)]);
  return graph.add('Div', 'input/normalized', [centred, graph.scalar('input/standard-deviation', standardDeviationHu)]);
}

function addWindows(
  graph: GraphBuilder,
  hu: string,
  { windows, equalizedBins, channelMeans, channelDeviations }: Extract<Intensity, { scheme: 'windows' }>,
  grid: readonly [number, number],
): string {
  const channels = windows.map((window, index) => addWindow(graph, hu, window, `input/window-${index + 1}`));
  if (equalizedBins > 0) channels.push(addEqualized(graph, hu, equalizedBins, grid[0] * grid[1]));
  const stacked = graph.add('Concat', 'input/channels', channels, { axis: 1 });
  const perChannel = [1, channels.length, 1, 1];
  const means = graph.floats('input/channel-means', perChannel, Float32Array.from(channelMeans));
  const deviations = graph.floats('input/channel-deviations', perChannel, Float32Array.from(channelDeviations));
  return graph.add('Div', 'input/normalized', [graph.add('Sub', 'input/centred', [stacked, means]), deviations]);
}

function addWindow(graph: GraphBuilder, hu: string, { widthHu, levelHu }: HuWindow, name: string): string {
  const lowest = graph.scalar(`${name}/lowest`, levelHu - widthHu / 2);
  const highest = graph.scalar(`${name}/highest`, levelHu + widthHu / 2);
  const above = graph.add('Sub', `${name}/above-lowest`, [graph.add('Clip', `${name}/clamped`, [hu, lowest, highest]), lowest]);
  return graph.add('Div', name, [above, graph.scalar(`${name}/width`, widthHu)]);
}

/**
 * Sorts each slice and takes its edges; each step between two edges is a ramp from 0 to 1, which counts as much as any
 * other, and not at all where its edges are equal.
 */
function addEqualized(graph: GraphBuilder, hu: string, bins: number, pixels: number): string {
  const name = 'input/equalized';
  const flat = graph.add('Reshape', `${name}/flat`, [hu, graph.integers(`${name}/flat-shape`, [0, 1, -1])]);
  const sorted = graph.addFirstOf('TopK', `${name}/sorted`, [flat, graph.integers(`${name}/all`, [pixels])], {
    axis: 2,
    largest: 0,
    sorted: 1,
  });
  const places = edgePlaces(pixels, bins);
  const edge = (which: string, from: number, to: number): string => {
    const gathered = graph.add(
      'Gather',
      `${name}/${which}-row`,
      [sorted, graph.integers(`${name}/${which}-places`, places.slice(from, to))],
      { axis: 2 },
    );
    return graph.add('Transpose', `${name}/${which}`, [gathered], { perm: [0, 2, 1] });
  };
  const lower = edge('lower', 0, -1);
  const upper = edge('upper', 1, places.length);
  const width = graph.add('Sub', `${name}/width`, [upper, lower]);
  const zero = graph.scalar(`${name}/zero`, 0);
  const one = graph.scalar(`${name}/one`, 1);
  const rises = graph.add('Cast', `${name}/rises`, [graph.add('Greater', `${name}/is-step`, [width, zero])], {
    to: ELEMENT_TYPES.float32,
  });
  const steps = graph.add('ReduceSum', `${name}/steps`, [rises, graph.integers(`${name}/step-axis`, [1])], { keepdims: 1 });
  const share = graph.add('Div', `${name}/share`, [rises, graph.add('Max', `${name}/steps-or-one`, [steps, one])]);
  const divisor = graph.add('Max', `${name}/divisor`, [width, graph.scalar(`${name}/smallest-width`, SMALLEST_WIDTH)]);
  const above = graph.add('Sub', `${name}/above`, [flat, lower]);
  const ramps = graph.add('Clip', `${name}/ramps`, [graph.add('Div', `${name}/slopes`, [above, divisor]), zero, one]);
  const weights = graph.add('Transpose', `${name}/weights`, [share], { perm: [0, 2, 1] });
  const sum = graph.add('MatMul', `${name}/sum`, [weights, ramps]);
  return graph.add('Reshape', name, [sum, graph.add('Shape', `${name}/shape`, [hu])]);
}
