/**
 * One axis of a scan → the same axis of a network's grid: how many voxels it has, and where each of them lies in the scan.
 *
 * Coordinates are in voxels of the other grid: 0 is the first centre, 0.5 half the way to the second.
 * Sources: nnU-Net's `compute_new_shape` (round(size × old / new)) with scikit-image's `resize` for grids that share their
 * outer faces; MONAI's `Spacing` without `scale_extent` for grids that share their first centre.
 * @module
 */
import type { GridAxis, TileNetwork } from '../../core/tile-stage.ts';
import type { OrientedAxis } from './oriented-grid.ts';

export interface NetworkAxis {
  readonly sizeVoxels: number;
  /** For each voxel of the network its place in the scan, in voxels; may lie outside by half a voxel and more. */
  readonly inScan: Float64Array;
  /** For each voxel of the scan its place in the network's grid. */
  readonly inNetwork: Float64Array;
}

/** Lays the network's grid along an axis. */
export function networkAxis(axis: OrientedAxis, wanted: GridAxis, alignment: TileNetwork['alignment']): NetworkAxis {
  const { sizeVoxels: old, positionsMm, spacingMm } = axis;
  if (wanted.kind === 'native') {
    const same = Float64Array.from({ length: old }, (_, index) => index);
    return { sizeVoxels: old, inScan: same, inNetwork: same };
  }
  const sizeVoxels = networkSizeAlong(axis, wanted, alignment);
  // Voxels of the scan (of its mean step) from one voxel of the network to the next, and where the first one lies.
  const step = stepOf({ old, new: sizeVoxels, spacingMm }, wanted, alignment);
  const first = alignment === 'edges' ? step / 2 - 0.5 : 0;
  const even = Float64Array.from({ length: sizeVoxels }, (_, index) => first + index * step);
  const inNetwork = Float64Array.from({ length: old }, (_, index) => {
    const place = positionsMm ? (positionsMm[index] as number) / spacingMm : index;
    return (place - first) / step;
  });
  if (!positionsMm) return { sizeVoxels, inScan: even, inNetwork };
  return { sizeVoxels, inScan: even.map((place) => placeAmong(positionsMm, place * spacingMm)), inNetwork };
}

function networkSizeAlong(
  { sizeVoxels: old, spacingMm }: OrientedAxis,
  wanted: GridAxis,
  alignment: TileNetwork['alignment'],
): number {
  if (wanted.kind === 'size') return wanted.voxels;
  if (wanted.kind === 'native') return old;
  if (alignment === 'edges') return Math.max(1, roundHalfToEven((old * spacingMm) / wanted.mm));
  return roundHalfToEven(((old - 1) * spacingMm) / wanted.mm) + 1;
}

function stepOf(
  { old, new: sizeVoxels, spacingMm }: { readonly old: number; readonly new: number; readonly spacingMm: number },
  wanted: GridAxis,
  alignment: TileNetwork['alignment'],
): number {
  if (alignment === 'edges') return old / sizeVoxels;
  if (wanted.kind === 'spacing') return wanted.mm / spacingMm;
  return sizeVoxels === 1 ? 1 : (old - 1) / (sizeVoxels - 1) || 1;
}

/** Index, with a fraction, at which a position lies among ascending ones; beyond the ends it goes on as the last gap does. */
function placeAmong(positionsMm: readonly number[], mm: number): number {
  const last = positionsMm.length - 1;
  if (last === 0) return 0;
  let below = 0;
  while (below < last - 1 && (positionsMm[below + 1] as number) <= mm) below++;
  const [from, to] = [positionsMm[below] as number, positionsMm[below + 1] as number];
  return to === from ? below : below + (mm - from) / (to - from);
}

/** As NumPy and Python round: 0.5 → 0, 1.5 → 2. */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
