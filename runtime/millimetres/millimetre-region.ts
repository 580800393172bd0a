/**
 * What part of a scan a stage in millimetres sees: whole slices, or one box round what earlier stages marked; and the
 * network's grid on it.
 * @module
 */
import { affineColumn, affineFromColumns, applyAffine, scale } from '../../core/affine.ts';
import type { CropBox } from '../../core/crop-box.ts';
import { VoxwatchError } from '../../core/errors.ts';
import type { MillimetreRegion } from '../../core/millimetre-stage.ts';
import type { GridGeometry } from '../../core/volume.ts';
import { networkSize } from '../../preprocess/millimetre-grid.ts';
import type { AxialView } from '../../preprocess/reorient.ts';
import { slicePixelMm, slicePositionsMm } from '../../preprocess/slice-positions.ts';
import { labelRuns } from '../label-runs.ts';

/** No scanner sees as much, mm; a slice that is larger has a wrong pixel size, and would need a grid without end. */
const LARGEST_SLICE_MM = 2_000;

/** A box of slices, and the network's grid on it. */
export interface GridRegion {
  /** Inside the slices of the view. */
  readonly box: CropBox;
  /** First slice of the view, and how many there are from it on. */
  readonly firstSlice: number;
  /** The network's grid: as many slices, their true positions, voxels as large as the network's. i runs fastest. */
  readonly grid: GridGeometry;
}

/**
 * The part of a scan that a stage sees.
 * @param labels - Native label array, what earlier stages gave.
 * @returns nothing where there is none of the labels that it looks round.
 * @throws {VoxwatchError} `GEOMETRY_INVALID` for slices that no scanner makes.
 */
export function gridRegion(
  { region, spacingMm }: { readonly region: MillimetreRegion; readonly spacingMm: number },
  view: AxialView,
  labels: Uint8Array,
): GridRegion | undefined {
  const extent = region.kind === 'whole-slice' ? wholeView(view) : extentOf(region.labels, view, labels);
  if (extent === undefined) return undefined;
  return onGrid(region.kind === 'whole-slice' ? extent : widened(extent, view, region.marginMm), view, spacingMm);
}

/** First and last voxel of the view along i, j, k. */
interface Extent {
  readonly first: readonly [i: number, j: number, k: number];
  readonly last: readonly [i: number, j: number, k: number];
}

function wholeView({ sizeVoxels: [width, height, slices] }: AxialView): Extent {
  return { first: [0, 0, 0], last: [width - 1, height - 1, slices - 1] };
}

function extentOf(members: readonly number[], view: AxialView, labels: Uint8Array): Extent | undefined {
  const isMember = new Uint8Array(256);
  for (const label of members) isMember[label] = 1;
  const { start, length, label } = labelRuns({ labels, geometry: view.native });
  const [width, height] = view.native.sizeVoxels;
  const first = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as Triple;
  const last: Triple = [-1, -1, -1];
  for (let run = 0; run < start.length; run++) {
    if (isMember[label[run] as number] === 0) continue;
    const row = Math.floor((start[run] as number) / width);
    const i = (start[run] as number) - row * width;
    const k = Math.floor(row / height);
    const j = row - k * height;
    if (i < first[0]) first[0] = i;
    if (i + (length[run] as number) - 1 > last[0]) last[0] = i + (length[run] as number) - 1;
    if (j < first[1]) first[1] = j;
    if (j > last[1]) last[1] = j;
    if (k < first[2]) first[2] = k;
    if (k > last[2]) last[2] = k;
  }
  return last[2] < 0 ? undefined : inView({ first, last }, view);
}

type Triple = [number, number, number];

/** The same box, from native indices to those of the view. */
function inView({ first, last }: Extent, { axes, native }: AxialView): Extent {
  const end = (of: Extent['first'], ofFlipped: Extent['first']): Triple => {
    const [i, j, k] = axes.map(({ nativeAxis, isFlipped }) =>
      isFlipped ? native.sizeVoxels[nativeAxis] - 1 - (ofFlipped[nativeAxis] as number) : (of[nativeAxis] as number),
    );
    return [i, j, k] as Triple;
  };
  return { first: end(first, last), last: end(last, first) };
}

/** With a margin on every side, as far as the scan goes. */
function widened({ first, last }: Extent, view: AxialView, marginMm: number): Extent {
  const pixelMm = slicePixelMm(view);
  const margin = pixelMm.map((mm) => Math.ceil(marginMm / mm)) as [number, number];
  const positions = slicePositionsMm(view);
  const isNear = (k: number, of: number): boolean => Math.abs((positions[k] as number) - (positions[of] as number)) <= marginMm;
  let [from, to] = [first[2], last[2]];
  while (from > 0 && isNear(from - 1, first[2])) from--;
  while (to < view.sizeVoxels[2] - 1 && isNear(to + 1, last[2])) to++;
  return {
    first: [Math.max(0, first[0] - margin[0]), Math.max(0, first[1] - margin[1]), from],
    last: [Math.min(view.sizeVoxels[0] - 1, last[0] + margin[0]), Math.min(view.sizeVoxels[1] - 1, last[1] + margin[1]), to],
  };
}

function onGrid({ first, last }: Extent, view: AxialView, spacingMm: number): GridRegion {
  const box: CropBox = { start: [first[0], first[1]], sizePixels: [last[0] - first[0] + 1, last[1] - first[1] + 1] };
  const pixelMm = slicePixelMm(view);
  const sizeMm = [box.sizePixels[0] * pixelMm[0], box.sizePixels[1] * pixelMm[1]] as const;
  if (Math.max(...sizeMm) > LARGEST_SLICE_MM) {
    throw new VoxwatchError(
      'GEOMETRY_INVALID',
      `A slice of ${Math.round(sizeMm[0])} × ${Math.round(sizeMm[1])} mm is larger than any scanner makes: the size of its pixels is wrong.`,
    );
  }
  const [width, height] = networkSize(box.sizePixels, pixelMm, spacingMm);
  const slices = last[2] - first[2] + 1;
  const [i, j, k] = [0, 1, 2].map((axis) => affineColumn(view.voxelToWorld, axis as 0 | 1 | 2)) as [Vector, Vector, Vector];
  const [stepI, stepJ] = [box.sizePixels[0] / width, box.sizePixels[1] / height];
  // Edges stay where they are, so the first centre moves by half of what a voxel grew.
  const origin = applyAffine(view.voxelToWorld, [first[0] + (stepI - 1) / 2, first[1] + (stepJ - 1) / 2, first[2]]);
  const grid: GridGeometry = {
    sizeVoxels: [width, height, slices],
    voxelToWorld: affineFromColumns(scale(i, stepI), scale(j, stepJ), k, origin),
    slicePositionsMm: Array.from(slicePositionsMm(view).subarray(first[2], last[2] + 1)),
  };
  return { box, firstSlice: first[2], grid };
}

type Vector = ReturnType<typeof affineColumn>;
