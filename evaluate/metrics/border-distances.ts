/**
 * Both masks of a region → distances between their border voxels: ASSD, RMSD, HD95, MSSD.
 *
 * As medpy has it: a border voxel is one with a face on the background or on the image's edge; distances run between voxel
 * centres; those from truth to prediction and back are taken together, each border voxel counting once (Heimann et al.
 * 2009; Bilic et al. 2023). Hence HD95 is medpy's `hd95`, not the larger of two directed percentiles as in MONAI; ASSD is
 * that of medpy from 0.5 on; before, medpy averaged the two directed means. LiTS takes a thicker border: {@link BorderContact}.
 * @module
 */
import { type DistanceGrid, nearestDistancesMm } from '../../core/distance-transform.ts';
import { IN_PREDICTION, IN_TRUTH, type MarkedBox } from './region-pair.ts';

/** All in mm. */
export interface BorderDistances {
  readonly assdMm: number;
  readonly rmsdMm: number;
  readonly hd95Mm: number;
  readonly mssdMm: number;
}

/**
 * How a voxel must touch the background to belong to the border: with a face (6 neighbours; medpy), or with a face or an
 * edge (18 neighbours; `surface.py` of LiTS, which its ASSD and RMSD are measured with).
 */
export type BorderContact = 'face' | 'face-or-edge';

const HD_PERCENTILE = 95;

/** Measures the borders of two masks; neither may be empty. @param grid - Of the box with its margin. */
export function borderDistances(box: MarkedBox, grid: DistanceGrid, contact: BorderContact): BorderDistances {
  const { borders, ofTruth, ofPrediction } = borderVoxels(box, contact);
  const there = nearestDistancesMm(grid, { marks: borders, feature: IN_PREDICTION, queries: ofTruth });
  const back = nearestDistancesMm(grid, { marks: borders, feature: IN_TRUTH, queries: ofPrediction });
  const all = new Float64Array(there.length + back.length);
  all.set(there);
  all.set(back, there.length);
  all.sort();
  let [sum, squares] = [0, 0];
  for (const distance of all) {
    sum += distance;
    squares += distance * distance;
  }
  return {
    assdMm: sum / all.length,
    rmsdMm: Math.sqrt(squares / all.length),
    hd95Mm: percentile(all, HD_PERCENTILE),
    mssdMm: all.at(-1) as number,
  };
}

function borderVoxels(
  { marks, sizeVoxels: [ni, nj, nk] }: MarkedBox,
  contact: BorderContact,
): {
  readonly borders: Uint8Array;
  readonly ofTruth: Uint32Array;
  readonly ofPrediction: Uint32Array;
} {
  const borders = new Uint8Array(marks.length);
  const ofTruth: number[] = [];
  const ofPrediction: number[] = [];
  const slice = ni * nj;
  const acrossEdges =
    contact === 'face' ? [] : [ni + 1, ni - 1, slice + 1, slice - 1, slice + ni, slice - ni].flatMap((offset) => [offset, -offset]);
  for (let k = 1; k < nk - 1; k++) {
    for (let j = 1; j < nj - 1; j++) {
      for (let p = 1 + j * ni + k * slice, end = p + ni - 2; p < end; p++) {
        const mark = marks[p] as number;
        if (mark === 0) continue;
        let inside =
          (marks[p - 1] as number) &
          (marks[p + 1] as number) &
          (marks[p - ni] as number) &
          (marks[p + ni] as number) &
          (marks[p - slice] as number) &
          (marks[p + slice] as number);
        for (const offset of acrossEdges) inside &= marks[p + offset] as number;
        const border = mark & ~inside;
        if (border === 0) continue;
        borders[p] = border;
        if (border & IN_TRUTH) ofTruth.push(p);
        if (border & IN_PREDICTION) ofPrediction.push(p);
      }
    }
  }
  return { borders, ofTruth: Uint32Array.from(ofTruth), ofPrediction: Uint32Array.from(ofPrediction) };
}

/** Between the two nearest values in proportion, as numpy does. @param sorted - Ascending, not empty. */
export function percentile(sorted: Float64Array, percent: number): number {
  const at = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(at);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (at - below);
}
