/**
 * A CT volume and a label map in any voxel order → axial LPS arrays on cubes of one size.
 *
 * HU are averaged under a triangle as wide as a work voxel where voxels are finer, and interpolated linearly where they are
 * coarser; labels are those of the nearest voxel. Oblique scans are taken along the voxel axes nearest to the patient's.
 * @module
 */
import { affineSpacingMm } from '../../../core/affine.ts';
import type { LabelMap, Volume } from '../../../core/volume.ts';
import { type AxialView, axialView, readBoxInto, wholeSlice } from '../../../preprocess/reorient.ts';

/** i to the patient's left, j to the back, k to the head. */
export type GridSize = readonly [i: number, j: number, k: number];

/** Size of the work grid over the same space as a native grid. */
export function workSize(view: AxialView, spacingMm: number): GridSize {
  const spacing = affineSpacingMm(view.voxelToWorld);
  const along = (axis: 0 | 1 | 2): number => Math.max(1, Math.round((view.sizeVoxels[axis] * spacing[axis]) / spacingMm));
  return [along(0), along(1), along(2)];
}

/** What scanners write outside of the reconstructed circle is taken for air. */
const LOWEST_HU = -1024;

/** @returns HU on the work grid, i fastest. */
export function huOnWorkGrid({ geometry, hu }: Volume, spacingMm: number): Int16Array {
  const view = axialView(geometry);
  const [ni, nj, nk] = view.sizeVoxels;
  const [wi, wj, wk] = workSize(view, spacingMm);
  const [tapsI, tapsJ, tapsK] = [axisTaps(ni, wi), axisTaps(nj, wj), axisTaps(nk, wk)];
  const slice = new Int16Array(ni * nj);
  const rows = new Float32Array(wi * nj);
  const flat = new Float32Array(wi * wj * nk);
  for (let k = 0; k < nk; k++) {
    readBoxInto(view, hu, { k, box: wholeSlice(view), padding: LOWEST_HU }, slice);
    rows.fill(0);
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < wi; i++) {
        const { first, weights } = tapsI[i] as Taps;
        let sum = 0;
        for (let n = 0; n < weights.length; n++)
          sum += (weights[n] as number) * Math.max(LOWEST_HU, slice[j * ni + first + n] as number);
        rows[j * wi + i] = sum;
      }
    addWeightedRows(rows, tapsJ, wi, flat.subarray(k * wi * wj, (k + 1) * wi * wj));
  }
  const out = new Float32Array(wi * wj * wk);
  addWeightedRows(flat, tapsK, wi * wj, out);
  return Int16Array.from(out, Math.round);
}

/** @returns labels on the work grid, i fastest. */
export function labelsOnWorkGrid({ geometry, labels }: LabelMap, spacingMm: number): Uint8Array {
  const view = axialView(geometry);
  const size = workSize(view, spacingMm);
  const [wi, wj, wk] = size;
  const nearest = ([0, 1, 2] as const).map((axis) =>
    Int32Array.from(
      { length: size[axis] },
      (_, n) => Math.floor(((n + 0.5) * view.sizeVoxels[axis]) / size[axis]) * view.strides[axis],
    ),
  ) as [Int32Array, Int32Array, Int32Array];
  const out = new Uint8Array(wi * wj * wk);
  for (let k = 0, p = 0; k < wk; k++)
    for (let j = 0; j < wj; j++) {
      const row = view.offset + (nearest[1][j] as number) + (nearest[2][k] as number);
      for (let i = 0; i < wi; i++) out[p++] = labels[row + (nearest[0][i] as number)] as number;
    }
  return out;
}

/** Source points of one target point, and their weights, which sum to 1. */
interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

function axisTaps(from: number, to: number): Taps[] {
  const ratio = from / to;
  const reach = Math.max(1, ratio);
  return Array.from({ length: to }, (_, n) => {
    const at = (n + 0.5) * ratio - 0.5;
    const first = Math.max(0, Math.ceil(at - reach));
    const last = Math.min(from - 1, Math.floor(at + reach));
    const bell = Float64Array.from({ length: last - first + 1 }, (_, m) => Math.max(1e-9, 1 - Math.abs(first + m - at) / reach));
    const sum = bell.reduce((total, weight) => total + weight, 0);
    return { first, weights: bell.map((weight) => weight / sum) };
  });
}

/** Adds to each row of `out` the weighted rows of `source`; rows are `width` numbers. */
function addWeightedRows(source: Float32Array, taps: readonly Taps[], width: number, out: Float32Array): void {
  taps.forEach(({ first, weights }, row) => {
    weights.forEach((weight, n) => {
      const from = (first + n) * width;
      const to = row * width;
      for (let i = 0; i < width; i++) out[to + i] = (out[to + i] as number) + weight * (source[from + i] as number);
    });
  });
}
