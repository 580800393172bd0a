/**
 * A slice of HU → network input [h, w, C], by an {@link Intensity}.
 *
 * Each operation is rounded to float32 in the order of the fused graph (`export/intensity-graph.ts`), so both inputs are
 * equal but for the sum in `equalize.ts`, whose order is the engine's.
 * @module
 */

import { VoxwatchError } from '../../core/errors.ts';
import { type FeatureWiseStatistics, normalizeFeatureWise } from '../feature-wise.ts';
import { mapValues } from '../map-values.ts';
import { equalizeSlice } from './equalize.ts';
import { channelsOf, type HuWindow, type Intensity } from './intensity.ts';

/** Where a sample lies on its stage's grid: `feature-wise` statistics belong to places. */
export interface GridPlace {
  readonly left: number;
  readonly top: number;
  readonly sizePixels: readonly [width: number, height: number];
}

/** A slice whose values are all nearer than this has one value for `min-max`. */
export const SMALLEST_RANGE_HU = 1e-6;

/**
 * Network input of one slice, or of a part of it.
 * @param hu - Row-major, of `place.sizePixels`; for `as-stored` also a picture of its channels, [C, h, w]. Never modified.
 * @returns [h, w, C], flattened.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` where sizes do not fit.
 */
export function networkInput(hu: Int16Array | Float32Array, intensity: Intensity, place: GridPlace): Float32Array {
  const pixels = place.sizePixels[0] * place.sizePixels[1];
  const isPicture = intensity.scheme === 'as-stored' && hu.length === pixels * intensity.channels;
  if (hu.length !== pixels && !isPicture) {
    throw new VoxwatchError('INVALID_ARGUMENT', `${place.sizePixels.join(' × ')} pixels cannot be ${hu.length} numbers.`);
  }
  switch (intensity.scheme) {
    case 'feature-wise':
      return normalizeFeatureWise(hu, statisticsAt(intensity.statistics, place));
    case 'min-max':
      return minMax(hu);
    case 'standardise':
      return standardise(hu, intensity);
    case 'as-stored':
      return interleave(
        isPicture
          ? Array.from({ length: intensity.channels }, (_, c) => hu.subarray(c * pixels, (c + 1) * pixels))
          : Array<ArrayLike<number>>(intensity.channels).fill(hu),
      );
    case 'windows':
      return windows(hu, intensity);
  }
}

/** The whole slice. */
export function wholeGrid(sizePixels: readonly [number, number]): GridPlace {
  return { left: 0, top: 0, sizePixels };
}

function statisticsAt(statistics: FeatureWiseStatistics, { left, top, sizePixels }: GridPlace): FeatureWiseStatistics {
  const [gridWidth, gridHeight] = statistics.sizePixels;
  const [width, height] = sizePixels;
  if (left === 0 && top === 0 && width === gridWidth && height === gridHeight) return statistics;
  if (left < 0 || top < 0 || left + width > gridWidth || top + height > gridHeight) {
    throw new VoxwatchError('INVALID_ARGUMENT', `A sample does not lie on its grid of ${gridWidth} × ${gridHeight} pixels.`);
  }
  const cut = (slice: Float32Array): Float32Array => {
    const out = new Float32Array(width * height);
    for (let v = 0; v < height; v++) {
      const start = (v + top) * gridWidth + left;
      out.set(slice.subarray(start, start + width), v * width);
    }
    return out;
  };
  return { ...statistics, sizePixels, mean: cut(statistics.mean), standardDeviation: cut(statistics.standardDeviation) };
}

function minMax(hu: Int16Array | Float32Array): Float32Array {
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of hu) {
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  const range = Math.max(Math.fround(highest - lowest), Math.fround(SMALLEST_RANGE_HU));
  return mapValues(hu, (value) => Math.fround(value - lowest) / range);
}

function standardise(
  hu: Int16Array | Float32Array,
  { clampHu: [lowest, highest], meanHu, standardDeviationHu }: Extract<Intensity, { scheme: 'standardise' }>,
): Float32Array {
  const [mean, deviation] = [Math.fround(meanHu), Math.fround(standardDeviationHu)];
  return mapValues(hu, (value) => Math.fround(Math.min(highest, Math.max(lowest, value)) - mean) / deviation);
}

function windows(hu: Int16Array | Float32Array, intensity: Extract<Intensity, { scheme: 'windows' }>): Float32Array {
  const channels = intensity.windows.map((window) => windowed(hu, window));
  if (intensity.equalizedBins > 0) channels.push(equalizeSlice(hu, intensity.equalizedBins));
  if (intensity.channelMeans.length !== channels.length || intensity.channelDeviations.length !== channels.length) {
    throw new VoxwatchError('INVALID_ARGUMENT', `${channelsOf(intensity)} channels need as many means and deviations.`);
  }
  channels.forEach((channel, index) => {
    const mean = Math.fround(intensity.channelMeans[index] as number);
    const deviation = Math.fround(intensity.channelDeviations[index] as number);
    for (let p = 0; p < channel.length; p++) channel[p] = Math.fround((channel[p] as number) - mean) / deviation;
  });
  return interleave(channels);
}

function windowed(hu: Int16Array | Float32Array, { widthHu, levelHu }: HuWindow): Float32Array {
  const [lowest, highest] = [levelHu - widthHu / 2, levelHu + widthHu / 2];
  return mapValues(hu, (value) => Math.fround(Math.min(highest, Math.max(lowest, value)) - lowest) / widthHu);
}

/** Channels of one size → [h, w, C]. */
function interleave(channels: readonly ArrayLike<number>[]): Float32Array {
  const pixels = channels[0]?.length ?? 0;
  const out = new Float32Array(pixels * channels.length);
  channels.forEach((channel, c) => {
    for (let p = 0; p < pixels; p++) out[p * channels.length + c] = channel[p] as number;
  });
  return out;
}
