/**
 * Components of a label → longest diameter in space, mm.
 *
 * As in diameter.ts the outline goes through the middles of the voxels' outer faces (pyradiomics' Maximum3DDiameter has
 * its mesh there), so one voxel of 1 mm measures 1 mm. Exact, and far from all pairs: only corners of the convex hull of
 * a native slice can be ends of the diameter, and of those only pairs whose distances from a common centre add up to more
 * than the longest pair known so far.
 * @module
 */
import type { Vector3 } from '../core/affine.ts';
import type { GridGeometry } from '../core/volume.ts';
import { worldPositionMm } from '../core/world-position.ts';
import type { Components } from './components.ts';
import { convexHull, gridIndex } from './diameter.ts';
import type { LabelRuns } from './label-runs.ts';

/** From a voxel's centre to the middles of its faces. */
const FACE_MIDDLES: readonly Vector3[] = [
  [-0.5, 0, 0],
  [0.5, 0, 0],
  [0, -0.5, 0],
  [0, 0.5, 0],
  [0, 0, -0.5],
  [0, 0, 0.5],
];

/**
 * The longest diameter of each component.
 * @returns mm, one a component.
 */
export function diameters3dMm(runs: LabelRuns, components: Components, geometry: GridGeometry): Float64Array {
  const corners = Array.from({ length: components.count }, (): Vector3[] => []);
  for (const { component, k, ends } of slicesOfComponents(runs, components, geometry)) {
    for (const [i, j] of convexHull(ends))
      for (const [di, dj, dk] of FACE_MIDDLES) corners[component]?.push(worldPositionMm(geometry, [i + di, j + dj, k + dk]));
  }
  return Float64Array.from(corners, longestDistance);
}

interface SliceOfComponent {
  readonly component: number;
  /** Native slice. */
  readonly k: number;
  /** Index [i, j] of the end voxels of its runs there. */
  readonly ends: (readonly [i: number, j: number])[];
}

function slicesOfComponents(runs: LabelRuns, { ofRun }: Components, geometry: GridGeometry): Iterable<SliceOfComponent> {
  const found = new Map<number, SliceOfComponent>();
  for (let run = 0; run < ofRun.length; run++) {
    const component = ofRun[run] as number;
    if (component < 0) continue;
    const [i, j, k] = gridIndex(geometry, runs.start[run] as number);
    const key = component * geometry.sizeVoxels[2] + k;
    let slice = found.get(key);
    if (!slice) found.set(key, (slice = { component, k, ends: [] }));
    slice.ends.push([i, j]);
    if ((runs.length[run] as number) > 1) slice.ends.push([i + (runs.length[run] as number) - 1, j]);
  }
  return found.values();
}

/** The longest distance between two of the points; at least one point. */
function longestDistance(points: readonly Vector3[]): number {
  const centre = middleOfBox(points);
  const outermostFirst = points.map((point) => ({ point, radius: distance(point, centre) })).sort((a, b) => b.radius - a.radius);
  let longest = doubleNormal(points);
  for (const [n, { point, radius }] of outermostFirst.entries()) {
    for (let m = 0; m < n; m++) {
      const other = outermostFirst[m] as (typeof outermostFirst)[number];
      // The way over the centre is no shorter than the straight one, and from here on it is too short.
      if (radius + other.radius <= longest) break;
      longest = Math.max(longest, distance(point, other.point));
    }
  }
  return longest;
}

/** A long distance between two of the points, mostly the longest: the farthest point is looked for from the farthest point. */
function doubleNormal(points: readonly Vector3[]): number {
  let from = points[0] as Vector3;
  for (let longest = 0; ; ) {
    const farthest = points.reduce((best, point) => (distance(point, from) > distance(best, from) ? point : best));
    if (distance(farthest, from) <= longest) return longest;
    longest = distance(farthest, from);
    from = farthest;
  }
}

function middleOfBox(points: readonly Vector3[]): Vector3 {
  const middle = (axis: 0 | 1 | 2): number => {
    let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const point of points) {
      lowest = Math.min(lowest, point[axis]);
      highest = Math.max(highest, point[axis]);
    }
    return (lowest + highest) / 2;
  };
  return [middle(0), middle(1), middle(2)];
}

function distance(a: Vector3, b: Vector3): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
