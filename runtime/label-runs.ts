/**
 * A label map → its runs of equal label along i. Everything after the networks (components, post-processing,
 * measurements) works on runs: the voxels are scanned once, and the rest takes time by the foreground alone.
 * @module
 */
import type { LabelMap } from '../core/volume.ts';

/** Runs in array order; background has none. */
export interface LabelRuns {
  readonly sizeVoxels: readonly [i: number, j: number, k: number];
  /** Array index of each run's first voxel. */
  readonly start: Uint32Array;
  /** Voxels of each run; a run never leaves its row. */
  readonly length: Uint32Array;
  /** Label of each run. Post-processing may set it to another label, or to 0: the run is background then. */
  readonly label: Uint8Array;
  /** For each row `j + k·nj`, its first run; one entry more closes the last row. */
  readonly firstOfRow: Uint32Array;
}

/** Finds the runs of a label map. */
export function labelRuns({ labels, geometry: { sizeVoxels } }: LabelMap): LabelRuns {
  const [width, height, slices] = sizeVoxels;
  const start: number[] = [];
  const length: number[] = [];
  const label: number[] = [];
  const firstOfRow = new Uint32Array(height * slices + 1);
  for (let row = 0, p = 0; row < height * slices; row++) {
    firstOfRow[row] = start.length;
    for (const end = (row + 1) * width; p < end; ) {
      const value = labels[p] as number;
      const first = p++;
      while (p < end && labels[p] === value) p++;
      if (value === 0) continue;
      start.push(first);
      length.push(p - first);
      label.push(value);
    }
  }
  firstOfRow[height * slices] = start.length;
  return {
    sizeVoxels,
    start: Uint32Array.from(start),
    length: Uint32Array.from(length),
    label: Uint8Array.from(label),
    firstOfRow,
  };
}

/**
 * The runs of one label alone. Where post-processing left two runs of it end to end, they become one, so that between
 * two runs of a row there is always a voxel of something else.
 */
export function runsOfLabel(runs: LabelRuns, wanted: number): LabelRuns {
  const start: number[] = [];
  const length: number[] = [];
  const rows = runs.firstOfRow.length - 1;
  const firstOfRow = new Uint32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    firstOfRow[row] = start.length;
    let end = -1;
    for (let run = runs.firstOfRow[row] as number; run < (runs.firstOfRow[row + 1] as number); run++) {
      if (runs.label[run] !== wanted) continue;
      const [first, count] = [runs.start[run] as number, runs.length[run] as number];
      if (first === end) length.push((length.pop() as number) + count);
      else {
        start.push(first);
        length.push(count);
      }
      end = first + count;
    }
  }
  firstOfRow[rows] = start.length;
  return {
    sizeVoxels: runs.sizeVoxels,
    start: Uint32Array.from(start),
    length: Uint32Array.from(length),
    label: new Uint8Array(start.length).fill(wanted),
    firstOfRow,
  };
}
