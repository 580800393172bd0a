/**
 * Overlapping tiles → planes of weighted means, each given out as soon as no further tile can reach it.
 *
 * Kept are (channels + 1) × planes of a tile × rows × columns of the padded grid, as float32: a scan of any length takes the
 * same.
 * @module
 */
import type { Triple } from '../../preprocess/tiles/oriented-grid.ts';

export interface BlendShape {
  readonly channels: number;
  readonly tile: Triple;
  /** Rows and columns of the padded grid. */
  readonly rows: number;
  readonly columns: number;
}

/** Collects tiles that come by ascending plane. */
export class TileBlend {
  readonly #shape: BlendShape;
  readonly #weights: Float32Array;
  /** Rings over the planes of a tile: plane p is at p mod the tile's planes. */
  readonly #sums: Float32Array;
  readonly #counts: Float32Array;
  #nextPlane = 0;

  /** @param weights - Of the tile's voxels, above 0. */
  constructor(shape: BlendShape, weights: Float32Array) {
    const pixels = shape.rows * shape.columns;
    this.#shape = shape;
    this.#weights = weights;
    this.#sums = new Float32Array(shape.channels * shape.tile[0] * pixels);
    this.#counts = new Float32Array(shape.tile[0] * pixels);
  }

  /**
   * Adds what a network gave for one tile.
   * @param start - The tile's first voxel in the padded grid; its first plane not before what was taken.
   * @param values - Channels × tile.
   */
  add(values: Float32Array, [startPlane, startRow, startColumn]: Triple): void {
    const { channels, tile, rows, columns } = this.#shape;
    const [planes, tileRows, tileColumns] = tile;
    const voxels = planes * tileRows * tileColumns;
    const [sums, counts, weights] = [this.#sums, this.#counts, this.#weights];
    for (let plane = 0, at = 0; plane < planes; plane++) {
      const slot = (startPlane + plane) % planes;
      for (let row = 0; row < tileRows; row++, at += tileColumns) {
        const line = (startRow + row) * columns + startColumn;
        const countsAt = slot * rows * columns + line;
        for (let c = 0; c < tileColumns; c++) counts[countsAt + c] = (counts[countsAt + c] as number) + (weights[at + c] as number);
        for (let channel = 0; channel < channels; channel++) {
          const to = (channel * planes + slot) * rows * columns + line;
          const from = channel * voxels + at;
          for (let c = 0; c < tileColumns; c++)
            sums[to + c] = (sums[to + c] as number) + (weights[at + c] as number) * (values[from + c] as number);
        }
      }
    }
  }

  /**
   * Takes the planes below `end` out, in order; every tile that reaches them must have been added.
   * @param give - Gets channels × rows × columns; the array is used again for the next plane.
   */
  takeBelow(end: number, give: (plane: number, values: Float32Array) => void): void {
    const { channels, tile, rows, columns } = this.#shape;
    const pixels = rows * columns;
    const values = new Float32Array(channels * pixels);
    for (; this.#nextPlane < end; this.#nextPlane++) {
      const slot = this.#nextPlane % tile[0];
      const counts = this.#counts.subarray(slot * pixels, (slot + 1) * pixels);
      for (let channel = 0; channel < channels; channel++) {
        const start = (channel * tile[0] + slot) * pixels;
        const sums = this.#sums.subarray(start, start + pixels);
        const into = values.subarray(channel * pixels, (channel + 1) * pixels);
        for (let p = 0; p < pixels; p++) into[p] = (sums[p] as number) / (counts[p] as number);
        sums.fill(0);
      }
      counts.fill(0);
      give(this.#nextPlane, values);
    }
  }
}
