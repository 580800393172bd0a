/**
 * Training slices in one flat file: written once a data set, read at random in one disk access each.
 *
 * A record is the slice's HU (int16 little endian) followed by its truth (uint8), i fastest; patient's right on the left.
 * @module
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { VoxwatchError } from '../../core/errors.ts';
import { axialView, readBoxInto, wholeSlice } from '../../preprocess/reorient.ts';
import type { LabelledVolume } from './kits-layout.ts';

export interface SliceFacts {
  readonly case: string;
  /** Pixels of each truth label, by label. */
  readonly labelPixels: readonly number[];
  /** Centroid of all that is not background, pixels; absent where there is none. */
  readonly centroid?: readonly [x: number, y: number];
}

export interface TrainingSlice {
  readonly hu: Int16Array;
  readonly labels: Uint8Array;
}

/** Labels that truth may hold: 0 … LABELS − 1. */
const LABELS = 8;

export class SliceStore {
  readonly sizePixels: readonly [width: number, height: number];
  readonly facts: SliceFacts[] = [];
  private readonly file: number;
  private readonly pixels: number;

  /** @param path - A scratch file; what is there is overwritten. */
  constructor(path: string, sizePixels: readonly [number, number]) {
    this.sizePixels = sizePixels;
    this.pixels = sizePixels[0] * sizePixels[1];
    this.file = openSync(path, 'w+');
  }

  /**
   * Adds all axial slices of a case, whatever its voxel order: the original KiTS files lie slice axis first.
   * @throws {VoxwatchError} `GEOMETRY_INVALID` for another matrix.
   */
  add(name: string, { volume, truth }: LabelledVolume): void {
    const view = axialView(volume.geometry);
    const [nx, ny, nz] = view.sizeVoxels;
    if (nx !== this.sizePixels[0] || ny !== this.sizePixels[1]) {
      throw new VoxwatchError('GEOMETRY_INVALID', `Slices must be ${this.sizePixels.join(' × ')}; a case has ${nx} × ${ny}.`);
    }
    const box = wholeSlice(view);
    const hu = new Int16Array(this.pixels);
    const labels = new Uint8Array(this.pixels);
    for (let k = 0; k < nz; k++) {
      readBoxInto(view, volume.hu, { k, box, padding: 0 }, hu);
      readBoxInto(view, truth.labels, { k, box, padding: 0 }, labels);
      const start = this.facts.length * this.pixels * 3;
      writeSync(this.file, new Uint8Array(hu.buffer, hu.byteOffset, hu.byteLength), 0, hu.byteLength, start);
      writeSync(this.file, labels, 0, labels.length, start + hu.byteLength);
      this.facts.push({ case: name, ...describe(labels, nx) });
    }
  }

  read(index: number): TrainingSlice {
    const bytes = new Uint8Array(this.pixels * 3);
    readSync(this.file, bytes, 0, bytes.length, index * this.pixels * 3);
    return { hu: new Int16Array(bytes.buffer, 0, this.pixels), labels: bytes.subarray(this.pixels * 2) };
  }

  close(): void {
    closeSync(this.file);
  }
}

function describe(labels: Uint8Array, width: number): Omit<SliceFacts, 'case'> {
  const labelPixels = new Array<number>(LABELS).fill(0);
  let [x, y, count] = [0, 0, 0];
  for (let p = 0; p < labels.length; p++) {
    const label = labels[p] as number;
    labelPixels[label] = (labelPixels[label] ?? 0) + 1;
    if (label === 0) continue;
    x += p % width;
    y += Math.floor(p / width);
    count++;
  }
  return count === 0 ? { labelPixels } : { labelPixels, centroid: [x / count, y / count] };
}
