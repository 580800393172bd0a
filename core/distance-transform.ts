/**
 * Marked voxels of a grid → exact Euclidean distance from chosen voxels to the nearest marked one, mm.
 *
 * Source: Felzenszwalb & Huttenlocher, "Distance Transforms of Sampled Functions" (2012): axis by axis, by lower envelopes
 * of parabolas, in time linear in the voxels. Two things differ from the paper: nearest *indices* are handed from axis to
 * axis instead of rounded squares, so the last digit is right, and only what the chosen voxels need is computed.
 * Slices may be spaced unevenly, as parabolas may stand anywhere. Axes must be perpendicular.
 * @module
 */

/** Where the voxels of a perpendicular grid lie. */
export interface DistanceGrid {
  readonly sizeVoxels: readonly [i: number, j: number, k: number];
  /** Along i, j, k; the last counts only where there are no slice positions. */
  readonly spacingMm: readonly [i: number, j: number, k: number];
  /** Position of each slice along the normal, ascending; only where slices are uneven. */
  readonly slicePositionsMm?: Float64Array;
}

/**
 * Distances from the queries to the nearest voxel whose mark has a bit of `feature`.
 * @param marks - One byte a voxel, i fastest; axes of at most 65,535 voxels.
 * @param queries - Array indices.
 * @returns one number a query, in their order; infinite where no voxel is marked.
 */
export function nearestDistancesMm(
  grid: DistanceGrid,
  { marks, feature, queries }: { readonly marks: Uint8Array; readonly feature: number; readonly queries: Uint32Array },
): Float64Array {
  const { sizeVoxels, spacingMm, slicePositionsMm } = grid;
  const [ni, nj, nk] = sizeVoxels;
  const columns = queriedColumns(queries, ni * nj);
  const rows = nearestInRows(marks, feature, sizeVoxels);
  const nearestJ = nearestInSlices(rows, columns, grid);
  const slices = rows.slicesWithFeature;
  const slicePosition = (k: number): number => (slicePositionsMm ? (slicePositionsMm[k] as number) : k * spacingMm[2]);
  const envelope = createEnvelope(nk);
  const positions = Float64Array.from({ length: nk }, (_, k) => slicePosition(k));
  const distances = new Float64Array(queries.length).fill(Number.POSITIVE_INFINITY);
  if (slices.length === 0) return distances;
  const { order, firstOfColumn } = columns;
  for (let c = 0; c + 1 < firstOfColumn.length; c++) {
    const column = columns.index[c] as number;
    const i = column % ni;
    const j = (column - i) / ni;
    envelope.clear();
    for (const k of slices) {
      const found = nearestJ[column + k * ni * nj] as number;
      const di = (rows.steps[i + (found + k * nj) * ni] as number) * spacingMm[0];
      const dj = (j - found) * spacingMm[1];
      envelope.add(k, positions[k] as number, di * di + dj * dj);
    }
    let part = 0;
    // The queries of a column come in ascending order of k, as they do in the array.
    for (let n = firstOfColumn[c] as number; n < (firstOfColumn[c + 1] as number); n++) {
      const query = order[n] as number;
      const k = Math.floor((queries[query] as number) / (ni * nj));
      part = envelope.partAt(positions[k] as number, part);
      const nearestK = envelope.index[part] as number;
      const found = nearestJ[column + nearestK * ni * nj] as number;
      const di = (rows.steps[i + (found + nearestK * nj) * ni] as number) * spacingMm[0];
      const dj = (j - found) * spacingMm[1];
      const dk = slicePositionsMm ? (positions[k] as number) - (positions[nearestK] as number) : (k - nearestK) * spacingMm[2];
      distances[query] = Math.sqrt(di * di + dj * dj + dk * dk);
    }
  }
  return distances;
}

/** Queries by their column along k: only these columns need the later axes. */
interface QueriedColumns {
  /** `i + j·ni` of each column that has a query, ascending. */
  readonly index: Uint32Array;
  /** Numbers of the queries, column by column. */
  readonly order: Uint32Array;
  /** First entry of `order` for each column; one entry more closes the last. */
  readonly firstOfColumn: Uint32Array;
}

function queriedColumns(queries: Uint32Array, columns: number): QueriedColumns {
  const next = new Uint32Array(columns + 1);
  for (const voxel of queries) next[(voxel % columns) + 1] = (next[(voxel % columns) + 1] as number) + 1;
  const index: number[] = [];
  const firstOfColumn: number[] = [];
  for (let column = 0; column < columns; column++) {
    if (next[column + 1] !== 0) {
      index.push(column);
      firstOfColumn.push(next[column] as number);
    }
    next[column + 1] = (next[column + 1] as number) + (next[column] as number);
  }
  firstOfColumn.push(queries.length);
  const order = new Uint32Array(queries.length);
  for (let query = 0; query < queries.length; query++) {
    const column = (queries[query] as number) % columns;
    order[next[column] as number] = query;
    next[column] = (next[column] as number) + 1;
  }
  return { index: Uint32Array.from(index), order, firstOfColumn: Uint32Array.from(firstOfColumn) };
}

interface NearestInRows {
  /** For each voxel of a row with a feature: steps along i to the nearest one. */
  readonly steps: Uint16Array;
  /** 1 for each row `j + k·nj` that has a feature. */
  readonly hasFeature: Uint8Array;
  /** Ascending. */
  readonly slicesWithFeature: readonly number[];
}

function nearestInRows(marks: Uint8Array, feature: number, [ni, nj, nk]: DistanceGrid['sizeVoxels']): NearestInRows {
  const steps = new Uint16Array(ni * nj * nk);
  const hasFeature = new Uint8Array(nj * nk);
  const slices: number[] = [];
  for (let row = 0; row < nj * nk; row++) {
    const first = row * ni;
    const end = first + ni;
    let p = first;
    while (p < end && ((marks[p] as number) & feature) === 0) p++;
    if (p === end) continue;
    hasFeature[row] = 1;
    const k = Math.floor(row / nj);
    if (slices.at(-1) !== k) slices.push(k);
    for (let before = first; before < p; before++) steps[before] = p - before;
    for (let last = p; p < end; p++) {
      if (((marks[p] as number) & feature) === 0) {
        steps[p] = p - last;
        continue;
      }
      // Between two features the nearer half looks forward.
      for (let back = p - 1; back > last && p - back < (steps[back] as number); back--) steps[back] = p - back;
      last = p;
    }
  }
  return { steps, hasFeature, slicesWithFeature: slices };
}

/** For each voxel of a queried column, in slices with a feature: the j of the row that holds the nearest in the slice. */
function nearestInSlices(
  { steps, hasFeature, slicesWithFeature }: NearestInRows,
  { index }: QueriedColumns,
  { sizeVoxels: [ni, nj, nk], spacingMm }: DistanceGrid,
): Uint16Array {
  const nearest = new Uint16Array(ni * nj * nk);
  const queriedJ: number[][] = Array.from({ length: ni }, () => []);
  for (const column of index) (queriedJ[column % ni] as number[]).push(Math.floor(column / ni));
  const envelope = createEnvelope(nj);
  for (const k of slicesWithFeature) {
    const rows: number[] = [];
    for (let j = 0; j < nj; j++) if (hasFeature[j + k * nj] === 1) rows.push(j);
    for (let i = 0; i < ni; i++) {
      const wanted = queriedJ[i] as number[];
      if (wanted.length === 0) continue;
      envelope.clear();
      for (const j of rows) {
        const di = (steps[i + (j + k * nj) * ni] as number) * spacingMm[0];
        envelope.add(j, j * spacingMm[1], di * di);
      }
      let part = 0;
      for (const j of wanted) {
        part = envelope.partAt(j * spacingMm[1], part);
        nearest[i + (j + k * nj) * ni] = envelope.index[part] as number;
      }
    }
  }
  return nearest;
}

/** The lower envelope of parabolas `height + (x − position)²`, added from left to right. */
interface Envelope {
  /** Number that the parabola of each part was added with. */
  readonly index: Uint16Array;
  clear(): void;
  add(index: number, position: number, height: number): void;
  /** The part above x, looked for from part `from` on: x must not fall from call to call. */
  partAt(x: number, from: number): number;
}

function createEnvelope(capacity: number): Envelope {
  const index = new Uint16Array(capacity);
  const position = new Float64Array(capacity);
  /** `height + position²`. */
  const raised = new Float64Array(capacity);
  /** Where each part begins. */
  const begins = new Float64Array(capacity);
  let count = 0;
  return {
    index,
    clear() {
      count = 0;
    },
    add(number, at, height) {
      const lifted = height + at * at;
      let begin = Number.NEGATIVE_INFINITY;
      while (count > 0) {
        begin = (lifted - (raised[count - 1] as number)) / (2 * (at - (position[count - 1] as number)));
        if (begin > (begins[count - 1] as number)) break;
        count--;
      }
      if (count === 0) begin = Number.NEGATIVE_INFINITY;
      index[count] = number;
      position[count] = at;
      raised[count] = lifted;
      begins[count] = begin;
      count++;
    },
    partAt(x, from) {
      let part = from;
      while (part + 1 < count && (begins[part + 1] as number) < x) part++;
      return part;
    },
  };
}
