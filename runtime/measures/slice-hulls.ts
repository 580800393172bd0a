/**
 * The components of a label → the corners of their convex hulls in each native slice: all that a longest diameter can end at.
 *
 * A slice is done with before the next is looked at, so what noise marks takes memory for one slice at a time. Source of the
 * method: A. M. Andrew's monotone chain (1979); runs come in rows from top to bottom, so nothing is sorted.
 * @module
 */
import type { Components } from '../components.ts';
import type { LabelRuns } from '../label-runs.ts';

/** Called for each component of each native slice. */
export type SeeHull = (
  component: number,
  /** Native slice. */
  k: number,
  /** Index along i and along j of each corner, in no order that counts; the first `values` numbers, until the next call. */
  corners: Int32Array,
  values: number,
) => void;

/** Shows the hulls of all components, slice after slice. */
export function forSliceHulls(runs: LabelRuns, { count, ofRun }: Components, see: SeeHull): void {
  const { start, length, firstOfRow, sizeVoxels } = runs;
  const [width, height, slices] = sizeVoxels;
  // Of each component in the slice its rows in a list: place of the first and the last, and from each to the next.
  const [head, tail] = [new Int32Array(count).fill(NONE), new Int32Array(count)];
  const rows = rowEnds(mostRunsOfSlice(runs));
  const [left, right] = [new Int32Array(2 * height), new Int32Array(4 * height)];
  for (let k = 0; k < slices; k++) {
    let used = 0;
    for (let j = 0; j < height; j++) {
      const row = k * height + j;
      for (let run = firstOfRow[row] as number; run < (firstOfRow[row + 1] as number); run++) {
        const component = ofRun[run] as number;
        if (component < 0) continue;
        const from = (start[run] as number) - row * width;
        const to = from + (length[run] as number) - 1;
        const last = head[component] === NONE ? NONE : (tail[component] as number);
        if (last !== NONE && rows.j[last] === j) {
          rows.to[last] = to;
          continue;
        }
        rows.component[used] = component;
        rows.j[used] = j;
        rows.from[used] = from;
        rows.to[used] = to;
        rows.next[used] = NONE;
        if (last === NONE) head[component] = used;
        else rows.next[last] = used;
        tail[component] = used++;
      }
    }
    for (let place = 0; place < used; place++) {
      const component = rows.component[place] as number;
      if (head[component] !== place) continue;
      head[component] = NONE;
      const values = hullInto(rows, place, left, right);
      see(component, k, right, values);
    }
  }
}

const NONE = -1;

/** Rows of components in a slice. */
interface RowEnds {
  readonly component: Int32Array;
  readonly j: Int32Array;
  /** First and last voxel of the component in the row. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Place of the component's next row. */
  readonly next: Int32Array;
}

function rowEnds(most: number): RowEnds {
  const array = (): Int32Array => new Int32Array(most);
  return { component: array(), j: array(), from: array(), to: array(), next: array() };
}

function mostRunsOfSlice({ firstOfRow, sizeVoxels: [, height, slices] }: LabelRuns): number {
  let most = 0;
  for (let k = 0; k < slices; k++)
    most = Math.max(most, (firstOfRow[(k + 1) * height] as number) - (firstOfRow[k * height] as number));
  return most;
}

/**
 * The hull of the rows that begin at a place.
 * @param left - Room for the chain of the left.
 * @param corners - The result: the chain of the right from top to bottom, then that of the left.
 * @returns how many numbers it has.
 */
function hullInto(rows: RowEnds, head: number, left: Int32Array, corners: Int32Array): number {
  let [lefts, rights] = [0, 0];
  for (let place = head; place !== NONE; place = rows.next[place] as number) {
    const j = rows.j[place] as number;
    lefts = appended(left, lefts, rows.from[place] as number, j, 1);
    rights = appended(corners, rights, rows.to[place] as number, j, -1);
  }
  // A row of one voxel at the top or bottom is the end of both chains.
  const isTopShared = left[0] === corners[0];
  const isBottomShared = lefts > 2 && left[lefts - 2] === corners[rights - 2];
  const kept = left.subarray(isTopShared ? 2 : 0, isBottomShared ? lefts - 2 : lefts);
  corners.set(kept, rights);
  return rights + kept.length;
}

/** Appends a point to a chain that turns to one side only; those that it makes straight or hollow go. */
function appended(chain: Int32Array, length: number, i: number, j: number, side: 1 | -1): number {
  let end = length;
  while (end >= 4) {
    const [i0, j0] = [chain[end - 4] as number, chain[end - 3] as number];
    const cross = ((chain[end - 2] as number) - i0) * (j - j0) - ((chain[end - 1] as number) - j0) * (i - i0);
    if (cross * side < 0) break;
    end -= 2;
  }
  chain[end] = i;
  chain[end + 1] = j;
  return end + 2;
}
