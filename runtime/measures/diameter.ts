/**
 * Components of a label → longest diameter within one axial slice, mm: what a radiologist would measure with a caliper.
 *
 * A component's outline in a slice goes through the middles of its pixels' outer edges (as pyradiomics'
 * Maximum2DDiameterSlice has it), so one pixel of 1 mm measures 1 mm. The diameter of a set of points is that of its
 * convex hull.
 * @module
 */
import { affineColumn, dot, normalize, scale, subtract, type Vector3 } from '../../core/affine.ts';
import type { GridGeometry } from '../../core/volume.ts';
import { worldPositionMm } from '../../core/world-position.ts';
import type { AxialView } from '../../preprocess/reorient.ts';
import type { Components } from '../components.ts';
import type { LabelRuns } from '../label-runs.ts';
import { type HullCorners, hullCorners } from './hull-corners.ts';

type Point = readonly [x: number, y: number];

/**
 * The longest in-plane diameter of each component over all axial slices.
 * @param corners - As `hullCorners` gives them. @defaultValue found here, where they are of use
 * @returns mm, one a component.
 */
export function inPlaneDiametersMm(runs: LabelRuns, components: Components, view: AxialView, corners?: HullCorners): Float64Array {
  // Where the native slices are the axial ones, the corners of hulls in them are all that counts.
  if (view.axes[2].nativeAxis === 2) return diametersOfCornersMm(corners ?? hullCorners(runs, components), view);
  return diametersOfRunsMm(runs, components, view);
}

function diametersOfCornersMm({ firstOfComponent, voxel }: HullCorners, view: AxialView): Float64Array {
  const toPlane = planeCoordinates(view);
  const sliceVoxels = view.native.sizeVoxels[0] * view.native.sizeVoxels[1];
  const sliceOf = (n: number): number => Math.floor((voxel[n] as number) / sliceVoxels);
  const largest = new Float64Array(firstOfComponent.length - 1);
  for (let component = 0; component < largest.length; component++) {
    const end = firstOfComponent[component + 1] as number;
    for (let n = firstOfComponent[component] as number; n < end; ) {
      const k = sliceOf(n);
      const points: Point[] = [];
      for (; n < end && sliceOf(n) === k; n++)
        for (const middle of edgeMiddles(nativeIndex(view, voxel[n] as number), view)) points.push(toPlane(middle));
      largest[component] = Math.max(largest[component] as number, diameter(convexHull(points)));
    }
  }
  return largest;
}

function diametersOfRunsMm(runs: LabelRuns, { count, ofRun }: Components, view: AxialView): Float64Array {
  const toPlane = planeCoordinates(view);
  const slices = view.sizeVoxels[2];
  const outlines = new Map<number, Point[]>();
  for (let run = 0; run < ofRun.length; run++) {
    const component = ofRun[run] as number;
    if (component < 0) continue;
    for (const voxel of endVoxels(runs, run, view)) {
      const key = component * slices + viewIndex(view, voxel)[2];
      const points = edgeMiddles(nativeIndex(view, voxel), view).map(toPlane);
      const known = outlines.get(key);
      if (known) known.push(...points);
      else outlines.set(key, points);
    }
  }
  const largest = new Float64Array(count);
  for (const [key, points] of outlines) {
    const component = Math.floor(key / slices);
    largest[component] = Math.max(largest[component] as number, diameter(convexHull(points)));
  }
  return largest;
}

/** Array indices of a run's voxels that can lie on the outline of a slice. */
function endVoxels({ start, length }: LabelRuns, run: number, view: AxialView): readonly number[] {
  const first = start[run] as number;
  const count = length[run] as number;
  // Runs follow the native i axis. Where that is the patient's long axis, each voxel lies in another slice.
  if (view.axes[2].nativeAxis === 0) return Array.from({ length: count }, (_, n) => first + n);
  return count === 1 ? [first] : [first, first + count - 1];
}

function nativeIndex({ native }: AxialView, voxel: number): Vector3 {
  return gridIndex(native, voxel);
}

/** Array index → index i, j, k of a grid. */
export function gridIndex({ sizeVoxels }: Pick<GridGeometry, 'sizeVoxels'>, voxel: number): Vector3 {
  return [
    voxel % sizeVoxels[0],
    Math.floor(voxel / sizeVoxels[0]) % sizeVoxels[1],
    Math.floor(voxel / (sizeVoxels[0] * sizeVoxels[1])),
  ];
}

/** Array index → index in the view. */
export function viewIndex(view: AxialView, voxel: number): [i: number, j: number, k: number] {
  const {
    native: { sizeVoxels },
    axes,
  } = view;
  const native = nativeIndex(view, voxel);
  const along = ({ nativeAxis, isFlipped }: AxialView['axes'][number]): number => {
    const index = native[nativeAxis] as number;
    return isFlipped ? sizeVoxels[nativeAxis] - 1 - index : index;
  };
  return [along(axes[0]), along(axes[1]), along(axes[2])];
}

/**
 * Native index → mm in an orthonormal frame of the view's slice plane. By true slice positions: where the native slices
 * stand upright in the view (a coronal stack), they are one of its in-plane axes.
 */
function planeCoordinates(view: AxialView): (place: Vector3) => Point {
  const [columnI, columnJ] = [affineColumn(view.voxelToWorld, 0), affineColumn(view.voxelToWorld, 1)];
  const u = normalize(columnI);
  const v = normalize(subtract(columnJ, scale(u, dot(columnJ, u))));
  return (place) => {
    const world = worldPositionMm(view.native, place);
    return [dot(world, u), dot(world, v)];
  };
}

/** The middles of the four edges that a voxel has in its slice of the view. */
function edgeMiddles([i, j, k]: Vector3, { axes }: AxialView): readonly Vector3[] {
  const moved = (nativeAxis: 0 | 1 | 2, by: number): Vector3 => [
    i + (nativeAxis === 0 ? by : 0),
    j + (nativeAxis === 1 ? by : 0),
    k + (nativeAxis === 2 ? by : 0),
  ];
  return [axes[0].nativeAxis, axes[1].nativeAxis].flatMap((axis) => [moved(axis, -0.5), moved(axis, 0.5)]);
}

/** Andrew's monotone chain; corners in order. */
function convexHull(points: readonly Point[]): readonly Point[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  if (sorted.length === 1) return sorted;
  const half = (ordered: readonly Point[]): Point[] => {
    const chain: Point[] = [];
    for (const point of ordered) {
      while (chain.length >= 2 && turn(chain.at(-2) as Point, chain.at(-1) as Point, point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

function turn(a: Point, b: Point, c: Point): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

function diameter(hull: readonly Point[]): number {
  let largest = 0;
  for (const [x, y] of hull) for (const [x2, y2] of hull) largest = Math.max(largest, (x - x2) ** 2 + (y - y2) ** 2);
  return Math.sqrt(largest);
}
