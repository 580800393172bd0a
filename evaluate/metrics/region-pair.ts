/**
 * Two label maps and a region → its counts, its volumes, and both masks cut out of the grid.
 * @module
 */
import { type GridGeometry, voxelVolumesMm3 } from '../../core/volume.ts';
import type { Overlap, Region } from './scores.ts';

/** Bits of a voxel's mark: in the true mask, in the predicted one. */
export const IN_TRUTH = 1;
export const IN_PREDICTION = 2;

/** Box of voxels, `[first, end)` along each axis. */
export interface VoxelBox {
  readonly first: readonly [i: number, j: number, k: number];
  readonly end: readonly [i: number, j: number, k: number];
}

/** Counts of a region over the whole grid. */
export interface RegionPair {
  readonly overlap: Overlap;
  readonly truthMl: number;
  readonly predictedMl: number;
  /** Smallest box round both masks; absent where both are empty. */
  readonly box?: VoxelBox;
}

const MM3_PER_ML = 1000;

/** Looks at every voxel once, whatever the number of regions. Arrays have the voxel order of {@link GridGeometry}. */
export function compareRegions(
  prediction: Uint8Array,
  truth: Uint8Array,
  { geometry, regions }: { readonly geometry: GridGeometry; readonly regions: readonly Region[] },
): readonly RegionPair[] {
  const [ni, nj, nk] = geometry.sizeVoxels;
  const marksOf = regions.map(({ labels }) => labelMarks(labels));
  const counters = regions.map(() => ({ perSlice: new Float64Array(nk * 4), rows: emptyExtent(nj), spans: emptyExtent(ni) }));
  // Rows of background are most of a scan; a row that has something is looked at closely, region by region.
  for (let k = 0, p = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++, p += ni) {
      const span = foregroundSpan(prediction, truth, p, ni);
      if (!span) continue;
      for (let r = 0; r < regions.length; r++) {
        const marks = marksOf[r] as Uint8Array;
        const { perSlice, rows, spans } = counters[r] as (typeof counters)[number];
        for (let q = p + span[0]; q < p + span[1]; q++) {
          const mark =
            ((marks[truth[q] as number] as number) & IN_TRUTH) | ((marks[prediction[q] as number] as number) & IN_PREDICTION);
          if (mark === 0) continue;
          perSlice[k * 4 + mark] = (perSlice[k * 4 + mark] as number) + 1;
          grow(spans, q - p);
          grow(rows, j);
        }
      }
    }
  }
  const volumes = voxelVolumesMm3(geometry);
  return counters.map(({ perSlice, rows, spans }) => summarize(perSlice, volumes, { i: spans, j: rows }));
}

/** Which labels belong to a region: both bits or none. */
export function labelMarks(labels: readonly number[]): Uint8Array {
  const marks = new Uint8Array(256);
  for (const label of labels) marks[label] = IN_TRUTH | IN_PREDICTION;
  return marks;
}

interface Extent {
  first: number;
  last: number;
}

function emptyExtent(size: number): Extent {
  return { first: size, last: -1 };
}

function grow(extent: Extent, at: number): void {
  if (at < extent.first) extent.first = at;
  if (at > extent.last) extent.last = at;
}

function foregroundSpan(a: Uint8Array, b: Uint8Array, start: number, length: number): readonly [number, number] | undefined {
  let first = start;
  let end = start + length;
  while (first < end && ((a[first] as number) | (b[first] as number)) === 0) first++;
  if (first === end) return undefined;
  while (((a[end - 1] as number) | (b[end - 1] as number)) === 0) end--;
  return [first - start, end - start];
}

function summarize(
  perSlice: Float64Array,
  volumesMm3: Float64Array,
  { i, j }: { readonly i: Extent; readonly j: Extent },
): RegionPair {
  const sums = [0, 0, 0, 0];
  let [truthMm3, predictedMm3] = [0, 0];
  const k = emptyExtent(volumesMm3.length);
  for (let slice = 0; slice < volumesMm3.length; slice++) {
    const [onlyTruth, onlyPrediction, both] = [1, 2, 3].map((mark) => perSlice[slice * 4 + mark] as number) as [
      number,
      number,
      number,
    ];
    if (onlyTruth + onlyPrediction + both > 0) grow(k, slice);
    [onlyTruth, onlyPrediction, both].forEach((count, n) => {
      sums[n + 1] = (sums[n + 1] as number) + count;
    });
    truthMm3 += (onlyTruth + both) * (volumesMm3[slice] as number);
    predictedMm3 += (onlyPrediction + both) * (volumesMm3[slice] as number);
  }
  return {
    overlap: { truePositive: sums[3] as number, falsePositive: sums[2] as number, falseNegative: sums[1] as number },
    truthMl: truthMm3 / MM3_PER_ML,
    predictedMl: predictedMm3 / MM3_PER_ML,
    ...(k.last < 0 ? {} : { box: { first: [i.first, j.first, k.first], end: [i.last + 1, j.last + 1, k.last + 1] } as const }),
  };
}

/** Cuts a box of labels out of a label array. */
export function cropLabels(labels: Uint8Array, [ni, nj]: GridGeometry['sizeVoxels'], { first, end }: VoxelBox): Uint8Array {
  const [bi, bj, bk] = [end[0] - first[0], end[1] - first[1], end[2] - first[2]];
  const crop = new Uint8Array(bi * bj * bk);
  for (let k = 0, to = 0; k < bk; k++) {
    for (let j = 0; j < bj; j++, to += bi) {
      const from = first[0] + (first[1] + j + (first[2] + k) * nj) * ni;
      crop.set(labels.subarray(from, from + bi), to);
    }
  }
  return crop;
}

/** Both masks of a region inside its box, as marks, with one voxel of background round the box. */
export interface MarkedBox {
  /** With the margin. */
  readonly sizeVoxels: readonly [i: number, j: number, k: number];
  readonly marks: Uint8Array;
}

/** Cuts a region's marks out. What lies outside the image counts as background, as all scoring code has it. */
export function cutRegion(
  prediction: Uint8Array,
  truth: Uint8Array,
  { size, box, region }: { readonly size: GridGeometry['sizeVoxels']; readonly box: VoxelBox; readonly region: Region },
): MarkedBox {
  const [bi, bj, bk] = [box.end[0] - box.first[0], box.end[1] - box.first[1], box.end[2] - box.first[2]];
  const sizeVoxels = [bi + 2, bj + 2, bk + 2] as const;
  const marks = new Uint8Array(sizeVoxels[0] * sizeVoxels[1] * sizeVoxels[2]);
  const markOf = labelMarks(region.labels);
  for (let k = 0; k < bk; k++) {
    for (let j = 0; j < bj; j++) {
      let from = box.first[0] + (box.first[1] + j + (box.first[2] + k) * size[1]) * size[0];
      let to = 1 + (j + 1 + (k + 1) * sizeVoxels[1]) * sizeVoxels[0];
      for (const end = from + bi; from < end; from++, to++) {
        marks[to] =
          ((markOf[truth[from] as number] as number) & IN_TRUTH) | ((markOf[prediction[from] as number] as number) & IN_PREDICTION);
      }
    }
  }
  return { sizeVoxels, marks };
}
