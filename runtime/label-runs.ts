/**
 * A label map → its runs of equal label along i. Everything after the networks (components, post-processing,
 * measurements) works on runs: the voxels are scanned once, and the rest takes time by the foreground alone.
 * @module
 */
import { foregroundSearch } from '../core/foreground.ts';
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

/**
 * Finds the runs of a label map. They are counted first: what grows as they are found would take several times the memory, and
 * a noisy study of 2,000 slices has tens of millions.
 */
export function labelRuns({ labels, geometry: { sizeVoxels } }: LabelMap): LabelRuns {
  const [width, height, slices] = sizeVoxels;
  const next = foregroundSearch(labels);
  const firstOfRow = new Uint32Array(height * slices + 1);
  // Number of runs that begin in each row, moved by one: summed up they are the first run of each.
  forRows(labels, width, next, (row, from, end) => {
    let count = 0;
    for (let p = from, before = 0; p < end; p++) {
      const value = labels[p] as number;
      if (value !== 0 && value !== before) count++;
      before = value;
    }
    firstOfRow[row + 1] = count;
  });
  for (let row = 0; row < height * slices; row++)
    firstOfRow[row + 1] = (firstOfRow[row + 1] as number) + (firstOfRow[row] as number);
  const count = firstOfRow[height * slices] as number;
  const [start, length, label] = [new Uint32Array(count), new Uint32Array(count), new Uint8Array(count)];
  let run = 0;
  forRows(labels, width, next, (_, from, end) => {
    for (let p = from; p < end; ) {
      const value = labels[p] as number;
      const first = p++;
      while (p < end && labels[p] === value) p++;
      if (value === 0) continue;
      start[run] = first;
      length[run] = p - first;
      label[run++] = value;
    }
  });
  return { sizeVoxels, start, length, label, firstOfRow };
}

/** Shows the rows that hold anything, ascending, each from its first label on. */
function forRows(
  labels: Uint8Array,
  width: number,
  next: ReturnType<typeof foregroundSearch>,
  see: (row: number, from: number, end: number) => void,
): void {
  for (let from = next(0, labels.length); from < labels.length; ) {
    const row = Math.floor(from / width);
    const end = (row + 1) * width;
    see(row, from, end);
    from = next(end, labels.length);
  }
}

/**
 * The runs of one label alone. Where post-processing left two runs of it end to end, they become one, so that between
 * two runs of a row there is always a voxel of something else.
 */
export function runsOfLabel(runs: LabelRuns, wanted: number): LabelRuns {
  const rows = runs.firstOfRow.length - 1;
  let most = 0;
  for (const label of runs.label) if (label === wanted) most++;
  const [start, length] = [new Uint32Array(most), new Uint32Array(most)];
  const firstOfRow = new Uint32Array(rows + 1);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    let end = -1;
    for (let run = runs.firstOfRow[row] as number; run < (runs.firstOfRow[row + 1] as number); run++) {
      if (runs.label[run] !== wanted) continue;
      const [first, voxels] = [runs.start[run] as number, runs.length[run] as number];
      if (first === end) length[count - 1] = (length[count - 1] as number) + voxels;
      else {
        start[count] = first;
        length[count++] = voxels;
      }
      end = first + voxels;
    }
    firstOfRow[row + 1] = count;
  }
  return {
    sizeVoxels: runs.sizeVoxels,
    start: start.subarray(0, count),
    length: length.subarray(0, count),
    label: new Uint8Array(count).fill(wanted),
    firstOfRow,
  };
}
