/**
 * Training slices in one flat file: written once a data set, read at random in one disk access each.
 *
 * A record is the slice's values (int16 HU, or float32 as stored, little endian; channel after channel) followed by its
 * truth (uint8), i fastest; patient's right on the left. All slices have one size: others are resized to it as the runtime
 * resizes them, values linearly, labels to the nearest; or they come onto a grid in millimetres.
 * @module
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { VoxwatchError } from '../../core/errors.ts';
import { roundToHu } from '../../formats/hounsfield.ts';
import { axialView, readBoxInto, wholeSlice } from '../../preprocess/reorient.ts';
import { resizeHuSlice, resizeLabelSlice } from '../../preprocess/resize.ts';
import { slicePositionsMm } from '../../preprocess/slice-positions.ts';
import { smoothedSlices } from '../../preprocess/smoothed-slices.ts';
import type { LabelledVolume } from './read-case.ts';
import type { LabelledPicture } from './read-picture.ts';
import { canvasOf, type SliceGrid } from './slice-grid.ts';

export interface SliceFacts {
  readonly case: string;
  /** Pixels of each truth label, by label. */
  readonly labelPixels: readonly number[];
  /** Centroid of the labels in focus, pixels; absent where there are none. */
  readonly centroid?: readonly [x: number, y: number];
}

export interface TrainingSlice {
  /** HU; or values as stored, channel after channel: [C, h, w]. */
  readonly hu: Int16Array | Float32Array;
  readonly labels: Uint8Array;
}

/** What a slice's values are. */
export interface SliceContent {
  readonly values: 'int16' | 'float32';
  readonly channels: number;
}

export const HU_CONTENT: SliceContent = { values: 'int16', channels: 1 };

/** Labels that truth may hold: 0 … LABELS − 1. */
const LABELS = 16;

const BYTES = { int16: 2, float32: 4 } as const;

export interface SliceStoreOptions {
  readonly grid: SliceGrid;
  /** HU where it is absent. */
  readonly content?: SliceContent;
  /** Truth labels that slices have the centroid of; absent = all. */
  readonly focus?: readonly number[];
  /** Of a store that was filled before: its file is kept, and only read. */
  readonly facts?: readonly SliceFacts[];
}

export class SliceStore {
  readonly path: string;
  readonly sizePixels: readonly [width: number, height: number];
  readonly content: SliceContent;
  readonly facts: SliceFacts[] = [];
  private readonly grid: SliceGrid;
  private readonly focus: readonly number[] | undefined;
  private readonly file: number;
  private readonly pixels: number;
  private readonly recordBytes: number;

  /** @param path - A scratch file; what is there is overwritten, unless the store was filled before. */
  constructor(path: string, { grid, content = HU_CONTENT, focus, facts }: SliceStoreOptions) {
    this.path = path;
    this.grid = grid;
    this.focus = focus;
    this.sizePixels = grid.sizePixels;
    this.content = content;
    this.pixels = this.sizePixels[0] * this.sizePixels[1];
    this.recordBytes = this.pixels * (content.channels * BYTES[content.values] + 1);
    this.file = openSync(path, facts ? 'r' : 'w+');
    if (facts) this.facts.push(...facts);
  }

  /**
   * Adds axial slices of a case, whatever its voxel order: the original KiTS files lie slice axis first.
   * @param isWanted - Which slices, counted from the feet; all where it is absent.
   * @returns whether they had another size and were resized.
   */
  add(name: string, { volume, truth }: LabelledVolume, isWanted?: (k: number) => boolean): boolean {
    const view = axialView(volume.geometry);
    const [nx, ny, nz] = view.sizeVoxels;
    const box = wholeSlice(view);
    const hu = new Int16Array(nx * ny);
    const labels = new Uint8Array(nx * ny);
    const smoothingMm = this.grid.kind === 'millimetres' ? (this.grid.inputSmoothingMm ?? 0) : 0;
    const readSlice = smoothedSlices(view, volume.hu, { box, padding: 0, positionsMm: slicePositionsMm(view), smoothingMm });
    const toCanvas = this.grid.kind === 'millimetres' ? canvasOf(view, this.grid) : undefined;
    for (let k = 0; k < nz; k++) {
      if (isWanted && !isWanted(k)) continue;
      readSlice(k, hu);
      readBoxInto(view, truth.labels, { k, box, padding: 0 }, labels);
      if (toCanvas) {
        const laid = toCanvas({ hu, labels });
        this.write(name, laid.hu, laid.labels, this.sizePixels);
      } else this.write(name, hu, labels, [nx, ny]);
    }
    return toCanvas === undefined && !this.isFitting([nx, ny]);
  }

  /**
   * Adds a slice that lies nowhere in space.
   * @returns whether it had another size and was resized.
   * @throws {VoxwatchError} `GEOMETRY_INVALID` for another number of channels, or where the grid is one in millimetres.
   */
  addPicture(name: string, { values, labels, sizePixels, channels }: LabelledPicture): boolean {
    if (channels !== this.content.channels) {
      throw new VoxwatchError(
        'GEOMETRY_INVALID',
        `Slices here have ${this.content.channels} channels; this one has ${channels}: all must have the same.`,
      );
    }
    if (this.grid.kind === 'millimetres')
      throw new VoxwatchError('GEOMETRY_INVALID', 'A slice of a recipe in millimetres needs a spacing; this one lies nowhere.');
    this.write(name, values, labels, sizePixels);
    return !this.isFitting(sizePixels);
  }

  read(index: number): TrainingSlice {
    const bytes = new Uint8Array(this.recordBytes);
    readSync(this.file, bytes, 0, bytes.length, index * this.recordBytes);
    const values = this.pixels * this.content.channels;
    const hu =
      this.content.values === 'int16' ? new Int16Array(bytes.buffer, 0, values) : new Float32Array(bytes.buffer, 0, values);
    return { hu, labels: bytes.subarray(this.recordBytes - this.pixels) };
  }

  close(): void {
    closeSync(this.file);
  }

  private write(name: string, values: Int16Array | Float32Array, truth: Uint8Array, size: readonly [number, number]): void {
    const isFitting = this.isFitting(size);
    const fitted = this.stored(isFitting ? values : this.resized(values, size));
    const labels = isFitting ? truth : resizeLabelSlice(truth, size, this.sizePixels);
    const start = this.facts.length * this.recordBytes;
    writeWhole(this.file, new Uint8Array(fitted.buffer, fitted.byteOffset, fitted.byteLength), start);
    writeWhole(this.file, labels, start + fitted.byteLength);
    this.facts.push({ case: name, ...describe(labels, this.sizePixels[0], this.focus) });
  }

  private isFitting([width, height]: readonly [number, number]): boolean {
    return width === this.sizePixels[0] && height === this.sizePixels[1];
  }

  private resized(values: Int16Array | Float32Array, size: readonly [number, number]): Float32Array {
    const planes = new Float32Array(this.pixels * this.content.channels);
    const length = size[0] * size[1];
    for (let channel = 0; channel < this.content.channels; channel++) {
      const plane = values.subarray(channel * length, (channel + 1) * length);
      planes.set(resizeHuSlice(plane, size, this.sizePixels), channel * this.pixels);
    }
    return planes;
  }

  private stored(values: Int16Array | Float32Array): Int16Array | Float32Array {
    if (this.content.values === 'float32') return values instanceof Float32Array ? values : Float32Array.from(values);
    if (values instanceof Int16Array) return values;
    // Not `from` with a function: that goes through an iterator.
    const hu = new Int16Array(values.length);
    for (let p = 0; p < hu.length; p++) hu[p] = roundToHu(values[p] as number);
    return hu;
  }
}

/** A write may take less than it is given, as when the disk is nearly full. */
function writeWhole(file: number, bytes: Uint8Array, start: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, start + done);
}

function describe(labels: Uint8Array, width: number, focus: readonly number[] | undefined): Omit<SliceFacts, 'case'> {
  const isInFocus = Uint8Array.from({ length: 256 }, (_, label) => ((focus ? focus.includes(label) : label !== 0) ? 1 : 0));
  const labelPixels = new Array<number>(LABELS).fill(0);
  let [x, y, count] = [0, 0, 0];
  for (let p = 0; p < labels.length; p++) {
    const label = labels[p] as number;
    labelPixels[label] = (labelPixels[label] ?? 0) + 1;
    if (isInFocus[label] === 0) continue;
    x += p % width;
    y += Math.floor(p / width);
    count++;
  }
  return count === 0 ? { labelPixels } : { labelPixels, centroid: [x / count, y / count] };
}
