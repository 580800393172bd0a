/**
 * The components of one label → figures of each, by true slice distances, in time linear in the foreground.
 * @module
 */
import type { Vector3 } from '../core/affine.ts';
import type { Volume } from '../core/volume.ts';
import { worldPositionMm } from '../core/world-position.ts';
import type { AxialView } from '../preprocess/reorient.ts';
import { connectedComponents } from './components.ts';
import { gridIndex, inPlaneDiametersMm, viewIndex } from './diameter.ts';
import { diameters3dMm } from './diameter-3d.ts';
import { type LabelRuns, runsOfLabel } from './label-runs.ts';
import { COMPONENT_CONNECTIVITY, runVolumesMl } from './postprocess.ts';
import { surfaceAreasMm2 } from './surface-area.ts';

/** One 3-D component; voxels that touch by a corner are one. */
export interface ComponentFigures {
  readonly volumeMl: number;
  readonly voxelCount: number;
  /** World mm (LPS), each voxel by its volume. */
  readonly centroidMm: Vector3;
  /** The first and last axial slice it reaches, counted from 1 at the feet, as overlays are numbered. */
  readonly slices: readonly [first: number, last: number];
  /** Longest diameter within one axial slice, to the outer edges of its pixels. */
  readonly inPlaneDiameterMm: number;
  /** Longest diameter in space, to the outer faces of its voxels. */
  readonly diameter3dMm: number;
  readonly surfaceMm2: number;
  /** Sums over its voxels of Hounsfield units and of their squares. */
  readonly huSum: number;
  readonly huSquareSum: number;
}

/** Measures each component of a label, in array order. */
export function componentFigures(
  allRuns: LabelRuns,
  label: number,
  { volume, view }: { readonly volume: Volume; readonly view: AxialView },
): readonly ComponentFigures[] {
  const { geometry, hu } = volume;
  const runs = runsOfLabel(allRuns, label);
  const components = connectedComponents(runs, [label], COMPONENT_CONNECTIVITY);
  const inPlaneMm = inPlaneDiametersMm(runs, components, view);
  const inSpaceMm = diameters3dMm(runs, components, geometry);
  const surfaceMm2 = surfaceAreasMm2(runs, components, geometry);
  const sums = Array.from({ length: components.count }, emptySums);
  const runMl = runVolumesMl(runs, geometry);
  for (let run = 0; run < runs.start.length; run++) {
    const sum = sums[components.ofRun[run] as number] as Sums;
    const [first, length] = [runs.start[run] as number, runs.length[run] as number];
    const last = first + length - 1;
    for (let p = first; p <= last; p++) {
      const value = hu[p] as number;
      sum.hu += value;
      sum.huSquares += value * value;
    }
    sum.voxels += length;
    sum.ml += runMl[run] as number;
    const [i, j, k] = gridIndex(geometry, first);
    const middle = worldPositionMm(geometry, [i + (length - 1) / 2, j, k]);
    for (const axis of [0, 1, 2] as const) sum.mlTimesMm[axis] += (runMl[run] as number) * middle[axis];
    // Where a run follows the patient's long axis, its ends lie in different slices.
    for (const slice of [viewIndex(view, first)[2] + 1, viewIndex(view, last)[2] + 1]) {
      sum.firstSlice = Math.min(sum.firstSlice, slice);
      sum.lastSlice = Math.max(sum.lastSlice, slice);
    }
  }
  return sums.map(({ voxels, ml, mlTimesMm, firstSlice, lastSlice, hu: huSum, huSquares }, component) => ({
    volumeMl: ml,
    voxelCount: voxels,
    centroidMm: [mlTimesMm[0] / ml, mlTimesMm[1] / ml, mlTimesMm[2] / ml],
    slices: [firstSlice, lastSlice],
    inPlaneDiameterMm: inPlaneMm[component] as number,
    diameter3dMm: inSpaceMm[component] as number,
    surfaceMm2: surfaceMm2[component] as number,
    huSum,
    huSquareSum: huSquares,
  }));
}

interface Sums {
  voxels: number;
  ml: number;
  readonly mlTimesMm: [x: number, y: number, z: number];
  firstSlice: number;
  lastSlice: number;
  hu: number;
  huSquares: number;
}

function emptySums(): Sums {
  return { voxels: 0, ml: 0, mlTimesMm: [0, 0, 0], firstSlice: Number.POSITIVE_INFINITY, lastSlice: 0, hu: 0, huSquares: 0 };
}
