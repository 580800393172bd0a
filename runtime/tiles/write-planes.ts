/**
 * Planes of a network's grid, one after the other → labels in the native array.
 *
 * A plane of the scan lies between two of the network's (or on one), so no more than two are kept: channels × 2 planes, and
 * one mixture of them. Labels are decided after the way back: what is interpolated are the network's numbers.
 * @module
 */
import type { TileNetwork } from '../../core/tile-stage.ts';
import { axisTaps, type Taps } from '../../preprocess/tiles/axis-taps.ts';
import type { NetworkAxis } from '../../preprocess/tiles/network-grid.ts';
import { eachAxis, type OrientedGrid, type Triple } from '../../preprocess/tiles/oriented-grid.ts';
import { decideInto } from './decide.ts';

export interface PlaneWriterInput {
  readonly grid: OrientedGrid;
  readonly axes: Triple<NetworkAxis>;
  readonly network: Pick<TileNetwork, 'interpolationBack' | 'answer'>;
  readonly channels: number;
  /** Native array; every voxel is written once. */
  readonly labelsInto: Uint8Array;
}

/** @returns takes planes in order, channels × rows × columns of the network's grid; they are not kept. */
export function planeWriter({
  grid,
  axes,
  network,
  channels,
  labelsInto,
}: PlaneWriterInput): (index: number, plane: Float32Array) => void {
  const { interpolationBack, answer } = network;
  const [across, rows, columns] = eachAxis((axis) =>
    axisTaps(axes[axis].inNetwork, axes[axis].sizeVoxels, interpolationBack[axis]),
  );
  const kept = new Map<number, Float32Array>();
  let next = 0;

  const writePlane = (index: number): void => {
    const mixed = mixPlanes(across[index] as Taps, kept);
    const width = axes[2].sizeVoxels;
    const height = axes[1].sizeVoxels;
    const line = new Float32Array(channels * width);
    const values = new Float32Array(channels * columns.length);
    const labels = new Uint8Array(columns.length);
    const [first, second, third] = grid.axes;
    rows.forEach((rowTaps, row) => {
      for (let channel = 0; channel < channels; channel++) {
        const into = line.subarray(channel * width, (channel + 1) * width);
        mixRows(rowTaps, mixed.subarray(channel * width * height, (channel + 1) * width * height), into);
        const wide = values.subarray(channel * columns.length, (channel + 1) * columns.length);
        columns.forEach(({ first: from, weights }, column) => {
          const [a = 1, b] = weights;
          const own = into[from] as number;
          wide[column] = b === undefined ? own : a * own + b * (into[from + 1] as number);
        });
      }
      decideInto(values, channels, answer, labels);
      let at = grid.offset + index * first.stride + row * second.stride;
      for (const label of labels) {
        labelsInto[at] = label;
        at += third.stride;
      }
    });
  };

  return (index, plane) => {
    kept.set(index, plane.slice());
    for (let taps = across[next]; taps && taps.first + taps.weights.length - 1 <= index; taps = across[next]) {
      for (const old of kept.keys()) if (old < taps.first) kept.delete(old);
      writePlane(next++);
    }
  };
}

function mixPlanes({ first, weights }: Taps, planes: ReadonlyMap<number, Float32Array>): Float32Array {
  const start = planes.get(first) as Float32Array;
  if (weights.length === 1) return start;
  const second = planes.get(first + 1) as Float32Array;
  const [a, b] = [weights[0] as number, weights[1] as number];
  return start.map((value, p) => a * value + b * (second[p] as number));
}

function mixRows({ first, weights }: Taps, plane: Float32Array, into: Float32Array): void {
  const width = into.length;
  const from = first * width;
  if (weights.length === 1) {
    into.set(plane.subarray(from, from + width));
    return;
  }
  const [a, b] = [weights[0] as number, weights[1] as number];
  for (let column = 0; column < width; column++)
    into[column] = a * (plane[from + column] as number) + b * (plane[from + width + column] as number);
}
