/**
 * Planes of network input → one tile, padded where it reaches beyond the grid.
 * @module
 */
import { inputChannels, type TileNetwork, tileSize } from '../../core/tile-stage.ts';
import { eachAxis, type Triple } from '../../preprocess/tiles/oriented-grid.ts';
import type { PlaneSource } from '../../preprocess/tiles/plane-source.ts';

/** The grid, made as large as a tile at least: how many voxels come before it on each axis, and how many there are then. */
export interface PaddedGrid {
  readonly before: Triple;
  readonly sizeVoxels: Triple;
}

/** Half of what is missing comes before, the rest after: nnU-Net's and MONAI's rule alike. */
export function paddedGrid(size: Triple, tile: Triple): PaddedGrid {
  const missing = eachAxis((axis) => Math.max(0, tile[axis] - size[axis]));
  return {
    before: eachAxis((axis) => Math.floor(missing[axis] / 2)),
    sizeVoxels: eachAxis((axis) => size[axis] + missing[axis]),
  };
}

/**
 * Reads a tile: channels × planes × rows × columns of a block, or channels × rows × columns of slices with their neighbours,
 * the lowest slice first, each with all its intensities.
 * @param start - In the padded grid.
 */
export function tileInput(
  network: Pick<TileNetwork, 'tile' | 'channels' | 'padding'>,
  source: PlaneSource,
  { before, start }: { readonly before: Triple; readonly start: Triple },
): Float32Array {
  const [planes, rows, columns] = tileSize(network);
  const intensities = network.channels.length;
  const pixels = rows * columns;
  const input = new Float32Array(inputChannels(network) * planes * pixels);
  const from = eachAxis((axis) => start[axis] - before[axis]);
  const { tile } = network;
  for (let intensity = 0; intensity < intensities; intensity++) {
    if (tile.kind === 'solid') {
      for (let plane = 0; plane < planes; plane++) {
        const into = (intensity * planes + plane) * pixels;
        readPlane(network, source, { intensity, from: [from[0] + plane, from[1], from[2]] }, input.subarray(into, into + pixels));
      }
      continue;
    }
    for (let away = -tile.neighbours; away <= tile.neighbours; away++) {
      const into = ((away + tile.neighbours) * intensities + intensity) * pixels;
      readPlane(network, source, { intensity, from: [from[0] + away, from[1], from[2]] }, input.subarray(into, into + pixels));
    }
  }
  return input;
}

function readPlane(
  network: Pick<TileNetwork, 'tile' | 'padding'>,
  source: PlaneSource,
  { intensity, from: [index, firstRow, firstColumn] }: { readonly intensity: number; readonly from: Triple },
  into: Float32Array,
): void {
  const [planes, height, width] = source.sizeVoxels;
  const { padding } = network;
  const isOutside = index < 0 || index >= planes;
  if (isOutside && padding.kind === 'constant') {
    into.fill(padding.value);
    return;
  }
  const plane = source.plane(clamp(index, planes)).subarray(intensity * height * width, (intensity + 1) * height * width);
  const [rows, columns] =
    network.tile.kind === 'planar' ? network.tile.sizePixels : [network.tile.sizeVoxels[1], network.tile.sizeVoxels[2]];
  for (let row = 0, p = 0; row < rows; row++) {
    const y = firstRow + row;
    const isRowInside = y >= 0 && y < height;
    const line = clamp(y, height) * width;
    for (let column = 0; column < columns; column++, p++) {
      const x = firstColumn + column;
      const isInside = isRowInside && x >= 0 && x < width;
      into[p] = isInside || padding.kind === 'edge' ? (plane[line + clamp(x, width)] as number) : padding.value;
    }
  }
}

function clamp(index: number, size: number): number {
  return Math.min(Math.max(index, 0), size - 1);
}
