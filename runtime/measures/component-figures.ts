/**
 * The components of one label → figures of each, by true slice distances, in time linear in the foreground.
 *
 * In columns, not as one object a component: of noise there are millions.
 * @module
 */
import { affineColumn, type Vector3 } from '../../core/affine.ts';
import type { Volume } from '../../core/volume.ts';
import { worldPositionMm } from '../../core/world-position.ts';
import type { AxialView } from '../../preprocess/reorient.ts';
import { connectedComponents } from '../components.ts';
import { type LabelRuns, runsOfLabel } from '../label-runs.ts';
import { COMPONENT_CONNECTIVITY, runVolumesMl } from '../postprocess.ts';
import { inPlaneDiametersMm, viewIndex } from './diameter.ts';
import { diameters3dMm } from './diameter-3d.ts';
import { hullCorners } from './hull-corners.ts';
import { surfaceAreasMm2 } from './surface-area.ts';

/** Figures of the 3-D components, each column in array order; voxels that touch by a corner are one component. */
export interface ComponentFigures {
  readonly count: number;
  readonly volumeMl: Float64Array;
  readonly voxelCount: Uint32Array;
  /** World mm (LPS) along each axis, each voxel by its volume. */
  readonly centroidMm: readonly [x: Float64Array, y: Float64Array, z: Float64Array];
  /** The first and last axial slice, counted from 1 at the feet, as overlays are numbered. */
  readonly firstSlice: Uint32Array;
  readonly lastSlice: Uint32Array;
  /** Longest diameter within one axial slice, to the outer edges of its pixels. */
  readonly inPlaneDiameterMm: Float64Array;
  /** Longest diameter in space, to the outer faces of its voxels. */
  readonly diameter3dMm: Float64Array;
  readonly surfaceMm2: Float64Array;
  /** Sums over the voxels of Hounsfield units and of their squares. */
  readonly huSum: Float64Array;
  readonly huSquareSum: Float64Array;
}

/** Measures each component of a label. */
export function componentFigures(
  allRuns: LabelRuns,
  label: number,
  { volume: { geometry, hu }, view }: { readonly volume: Volume; readonly view: AxialView },
): ComponentFigures {
  const runs = runsOfLabel(allRuns, label);
  const components = connectedComponents(runs, [label], COMPONENT_CONNECTIVITY);
  const { count, ofRun } = components;
  const corners = hullCorners(runs, components);
  const column = (): Float64Array => new Float64Array(count);
  const figures: ComponentFigures = {
    count,
    volumeMl: column(),
    voxelCount: new Uint32Array(count),
    centroidMm: [column(), column(), column()],
    firstSlice: new Uint32Array(count).fill(view.sizeVoxels[2]),
    lastSlice: new Uint32Array(count),
    inPlaneDiameterMm: inPlaneDiametersMm(runs, components, view, corners),
    diameter3dMm: diameters3dMm(corners, geometry),
    surfaceMm2: surfaceAreasMm2(runs, components, geometry),
    huSum: column(),
    huSquareSum: column(),
  };
  const runMl = runVolumesMl(runs, geometry);
  const middleOf = runMiddles(runs, geometry);
  for (let run = 0; run < ofRun.length; run++) {
    const component = ofRun[run] as number;
    const [first, length] = [runs.start[run] as number, runs.length[run] as number];
    const last = first + length - 1;
    let [sum, squares] = [0, 0];
    for (let p = first; p <= last; p++) {
      const value = hu[p] as number;
      sum += value;
      squares += value * value;
    }
    add(figures.huSum, component, sum);
    add(figures.huSquareSum, component, squares);
    add(figures.voxelCount, component, length);
    const ml = runMl[run] as number;
    add(figures.volumeMl, component, ml);
    const middle = middleOf(run);
    for (const axis of [0, 1, 2] as const) add(figures.centroidMm[axis], component, ml * middle[axis]);
    // Where a run follows the patient's long axis, its ends lie in different slices.
    widen(figures, component, viewIndex(view, first)[2] + 1);
    widen(figures, component, viewIndex(view, last)[2] + 1);
  }
  for (const mm of figures.centroidMm)
    for (let component = 0; component < count; component++)
      mm[component] = (mm[component] as number) / (figures.volumeMl[component] as number);
  return figures;
}

function add(column: Float64Array | Uint32Array, component: number, value: number): void {
  column[component] = (column[component] as number) + value;
}

function widen({ firstSlice, lastSlice }: ComponentFigures, component: number, slice: number): void {
  if (slice < (firstSlice[component] as number)) firstSlice[component] = slice;
  if (slice > (lastSlice[component] as number)) lastSlice[component] = slice;
}

/** @returns what gives the world position of a run's middle, mm; the slice's own place is found once a slice. */
function runMiddles(
  { start, length, sizeVoxels: [width, height] }: LabelRuns,
  geometry: Volume['geometry'],
): (run: number) => Vector3 {
  const [alongI, alongJ] = [affineColumn(geometry.voxelToWorld, 0), affineColumn(geometry.voxelToWorld, 1)];
  let slice = -1;
  let origin: Vector3 = [0, 0, 0];
  return (run) => {
    const row = Math.floor((start[run] as number) / width);
    const k = Math.floor(row / height);
    if (k !== slice) {
      slice = k;
      origin = worldPositionMm(geometry, [0, 0, k]);
    }
    const i = ((start[run] as number) % width) + ((length[run] as number) - 1) / 2;
    const j = row % height;
    return [
      origin[0] + i * alongI[0] + j * alongJ[0],
      origin[1] + i * alongI[1] + j * alongJ[1],
      origin[2] + i * alongI[2] + j * alongJ[2],
    ];
  };
}
