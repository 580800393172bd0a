/**
 * A scan → planes of a network's grid across its first axis, made when they are asked for: oriented, resampled, as network
 * input.
 *
 * Kept are only planes near the last one that was asked for, so that a scan of any length takes the same memory: of the
 * network's grid those not yet released, of the scan as many as the interpolation along the first axis reaches over (2 where
 * it is linear, up to 36 where it is cubic).
 * @module
 */
import type { TileNetwork } from '../../core/tile-stage.ts';
import { axisTaps, isIdentity, type Taps } from './axis-taps.ts';
import { applyIntensityInPlace, type LinearIntensity, linearIntensity } from './intensity.ts';
import type { NetworkAxis } from './network-grid.ts';
import { eachAxis, type OrientedGrid, type Triple } from './oriented-grid.ts';

/** Planes of network input. */
export interface PlaneSource {
  /** Planes, rows and columns of the network's grid. */
  readonly sizeVoxels: Triple;
  /** A channel for each intensity, one plane after the other, each row by row; not to be written to. */
  plane(index: number): Float32Array;
  /** Planes below this index are not asked for again. */
  releaseBelow(index: number): void;
}

export interface PlaneSourceInput {
  readonly grid: OrientedGrid;
  readonly axes: Triple<NetworkAxis>;
  readonly network: Pick<TileNetwork, 'channels' | 'intensityTaken' | 'interpolation' | 'overshoot'>;
  /** Native array. */
  readonly hu: Int16Array;
}

export function planeSource({ grid, axes, network, hu }: PlaneSourceInput): PlaneSource {
  const { channels, intensityTaken, interpolation, overshoot } = network;
  const [across, rows, columns] = eachAxis((axis) => axisTaps(axes[axis].inScan, grid.axes[axis].sizeVoxels, interpolation[axis]));
  const intensities = channels.map((channel) => linearIntensity(channel, hu));
  const pixels = rows.length * columns.length;
  const isBefore = intensityTaken === 'before-resampling';
  const volumeRange = overshoot === 'within-volume' ? rangeOf(hu) : undefined;
  /** Planes of the scan, resampled inside themselves: a channel an intensity, or HU alone where those come later. */
  const scanPlanes = new Map<number, readonly Float32Array[]>();
  const networkPlanes = new Map<number, Float32Array>();

  const scanPlane = (index: number): readonly Float32Array[] => {
    const known = scanPlanes.get(index);
    if (known) return known;
    const read = readPlane(grid, hu, index);
    const values = isBefore ? intensities.map((intensity) => applied(read.slice(), intensity)) : [read];
    const made = values.map((plane) => {
      const resampled = resamplePlane(plane, [rows, columns], [grid.axes[1].sizeVoxels, grid.axes[2].sizeVoxels]);
      return overshoot === 'within-plane' ? clipped(resampled, rangeOf(plane)) : resampled;
    });
    scanPlanes.set(index, made);
    return made;
  };

  const networkPlane = (index: number): Float32Array => {
    const taps = across[index] as Taps;
    for (const kept of scanPlanes.keys()) if (kept < taps.first) scanPlanes.delete(kept);
    const parts = (isBefore ? intensities : [undefined]).map((intensity, channel) => {
      const mixed = mix(taps, (k) => scanPlane(k)[channel] as Float32Array);
      if (!volumeRange) return mixed;
      const range = Float32Array.from(volumeRange);
      return clipped(mixed.slice(), intensity ? applied(range, intensity) : range);
    });
    const values = isBefore ? parts : intensities.map((intensity) => applied((parts[0] as Float32Array).slice(), intensity));
    const plane = new Float32Array(values.length * pixels);
    values.forEach((value, channel) => plane.set(value, channel * pixels));
    return plane;
  };

  return {
    sizeVoxels: [across.length, rows.length, columns.length],
    plane(index) {
      const known = networkPlanes.get(index);
      if (known) return known;
      const made = networkPlane(index);
      networkPlanes.set(index, made);
      return made;
    },
    releaseBelow(index) {
      for (const kept of networkPlanes.keys()) if (kept < index) networkPlanes.delete(kept);
    },
  };
}

function applied(values: Float32Array, intensity: LinearIntensity): Float32Array {
  applyIntensityInPlace(values, intensity);
  return values;
}

function rangeOf(values: Int16Array | Float32Array): readonly [lowest: number, highest: number] {
  let [lowest, highest] = [Infinity, -Infinity];
  for (let p = 0; p < values.length; p++) {
    const value = values[p] as number;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  return [lowest, highest];
}

/** Cuts values to a range, in place; its ends may stand in either order. */
function clipped(values: Float32Array, [a, b]: ArrayLike<number> & Iterable<number>): Float32Array {
  const [lowest, highest] = [Math.min(a as number, b as number), Math.max(a as number, b as number)];
  for (let p = 0; p < values.length; p++) values[p] = Math.min(Math.max(values[p] as number, lowest), highest);
  return values;
}

/** HU of one plane across the first axis. */
function readPlane({ axes, offset }: OrientedGrid, hu: Int16Array, index: number): Float32Array {
  const [first, second, third] = axes;
  const plane = new Float32Array(second.sizeVoxels * third.sizeVoxels);
  let p = 0;
  for (let row = 0; row < second.sizeVoxels; row++) {
    let at = offset + index * first.stride + row * second.stride;
    for (let column = 0; column < third.sizeVoxels; column++, at += third.stride) plane[p++] = hu[at] as number;
  }
  return plane;
}

/** Adds planes up with their weights. */
function mix({ first, weights }: Taps, planeAt: (index: number) => Float32Array): Float32Array {
  const start = planeAt(first);
  if (weights.length === 1) return start;
  const sum = new Float64Array(start.length);
  weights.forEach((weight, n) => {
    const plane = planeAt(first + n);
    for (let p = 0; p < sum.length; p++) sum[p] = (sum[p] as number) + weight * (plane[p] as number);
  });
  return Float32Array.from(sum);
}

/** Resamples a plane of `[height, width]` inside itself: along its columns' axis, then along its rows'. */
function resamplePlane(
  plane: Float32Array,
  [rows, columns]: readonly [readonly Taps[], readonly Taps[]],
  [height, width]: readonly [number, number],
): Float32Array {
  let narrow: Float32Array | Float64Array = plane;
  if (!isIdentity(columns, width)) {
    narrow = new Float64Array(height * columns.length);
    for (let row = 0, p = 0; row < height; row++)
      for (const { first, weights } of columns) {
        let sum = 0;
        for (let n = 0, at = row * width + first; n < weights.length; n++, at++)
          sum += (weights[n] as number) * (plane[at] as number);
        narrow[p++] = sum;
      }
  }
  if (isIdentity(rows, height)) return narrow instanceof Float32Array ? narrow : Float32Array.from(narrow);
  const out = new Float64Array(rows.length * columns.length);
  rows.forEach(({ first, weights }, row) => {
    weights.forEach((weight, n) => {
      const from = (first + n) * columns.length;
      const to = row * columns.length;
      for (let c = 0; c < columns.length; c++) out[to + c] = (out[to + c] as number) + weight * (narrow[from + c] as number);
    });
  });
  return Float32Array.from(out);
}
