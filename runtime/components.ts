/**
 * Runs of labels → 3-D connected components: union-find over runs, linear in the number of runs.
 *
 * Source of the method: two-pass labelling by runs (He, Chao, Suzuki 2008), in three dimensions.
 * @module
 */
import type { LabelRuns } from './label-runs.ts';

/** Voxels touch by faces (6), or by faces, edges and corners (26). */
export type Connectivity = 6 | 26;

/** The component of a run that belongs to none. */
export const NO_COMPONENT = -1;

export interface Components {
  readonly count: number;
  /** For each run its component 0 … count − 1 in array order, or {@link NO_COMPONENT} if its label is not a member. */
  readonly ofRun: Int32Array;
}

/** Rows before a row that can touch it: steps along j and k. */
const EARLIER_ROWS: Readonly<Record<Connectivity, readonly (readonly [dj: number, dk: number])[]>> = {
  6: [
    [-1, 0],
    [0, -1],
  ],
  26: [
    [-1, 0],
    [-1, -1],
    [0, -1],
    [1, -1],
  ],
};

/**
 * Finds the components of the voxels whose label is a member; different members that touch are one component.
 * @param members - Labels ≠ 0.
 */
export function connectedComponents(runs: LabelRuns, members: readonly number[], connectivity: Connectivity): Components {
  const [, height, slices] = runs.sizeVoxels;
  const isMember = new Uint8Array(256);
  for (const label of members) isMember[label] = 1;
  const parent = new Int32Array(runs.start.length);
  for (let run = 0; run < parent.length; run++) parent[run] = isMember[runs.label[run] as number] === 1 ? run : NO_COMPONENT;
  for (let k = 0, row = 0; k < slices; k++) {
    for (let j = 0; j < height; j++, row++) {
      if (runs.firstOfRow[row] === runs.firstOfRow[row + 1]) continue;
      uniteInRow(runs, parent, row);
      for (const [dj, dk] of EARLIER_ROWS[connectivity]) {
        if (j + dj < 0 || j + dj >= height || k + dk < 0) continue;
        uniteRows(runs, parent, { row, earlier: row + dj + dk * height, reach: connectivity === 26 ? 1 : 0 });
      }
    }
  }
  return numberRoots(parent);
}

/** Unites runs of different labels that touch end to end. */
function uniteInRow({ start, length, firstOfRow }: LabelRuns, parent: Int32Array, row: number): void {
  for (let run = (firstOfRow[row] as number) + 1; run < (firstOfRow[row + 1] as number); run++) {
    if (parent[run - 1] === NO_COMPONENT || parent[run] === NO_COMPONENT) continue;
    if ((start[run - 1] as number) + (length[run - 1] as number) === start[run]) unite(parent, run - 1, run);
  }
}

/** Unites runs of two neighbouring rows that overlap along i, or miss each other by at most `reach` voxels. */
function uniteRows(
  { start, length, firstOfRow, sizeVoxels: [width] }: LabelRuns,
  parent: Int32Array,
  { row, earlier, reach }: { readonly row: number; readonly earlier: number; readonly reach: number },
): void {
  let a = firstOfRow[earlier] as number;
  const endA = firstOfRow[earlier + 1] as number;
  const endB = firstOfRow[row + 1] as number;
  const shift = (row - earlier) * width;
  for (let b = firstOfRow[row] as number; b < endB && a < endA; ) {
    if (parent[a] === NO_COMPONENT) {
      a++;
      continue;
    }
    if (parent[b] === NO_COMPONENT) {
      b++;
      continue;
    }
    const startA = (start[a] as number) + shift;
    const startB = start[b] as number;
    const stopA = startA + (length[a] as number);
    const stopB = startB + (length[b] as number);
    if (startA < stopB + reach && startB < stopA + reach) unite(parent, a, b);
    if (stopA < stopB) a++;
    else b++;
  }
}

/** Both runs must be members. */
function unite(parent: Int32Array, a: number, b: number): void {
  const [rootA, rootB] = [findRoot(parent, a), findRoot(parent, b)];
  // The earlier run stays root, so components are numbered in array order.
  if (rootA < rootB) parent[rootB] = rootA;
  else parent[rootA] = rootB;
}

function findRoot(parent: Int32Array, run: number): number {
  let at = run;
  while (parent[at] !== at) {
    parent[at] = parent[parent[at] as number] as number;
    at = parent[at] as number;
  }
  return at;
}

/** Roots → numbers, in place: a run's parent comes before it, and so has its number already. */
function numberRoots(parent: Int32Array): Components {
  let count = 0;
  for (let run = 0; run < parent.length; run++) {
    const before = parent[run] as number;
    if (before === NO_COMPONENT) continue;
    parent[run] = before === run ? count++ : (parent[before] as number);
  }
  return { count, ofRun: parent };
}
