/**
 * Components of a label → longest diameter in space, mm.
 *
 * As in diameter.ts the outline goes through the middles of the voxels' outer faces (pyradiomics' Maximum3DDiameter has
 * its mesh there), so one voxel of 1 mm measures 1 mm. Exact, and far from all pairs: only corners of the convex hull of
 * a native slice can be ends of the diameter, and of those only pairs whose distances from a common centre add up to more
 * than a long pair that is found first.
 * @module
 */
import type { Vector3 } from '../../core/affine.ts';
import type { GridGeometry } from '../../core/volume.ts';
import { worldPositionMm } from '../../core/world-position.ts';
import type { HullCorners } from './hull-corners.ts';

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
export function diameters3dMm({ firstOfComponent, voxel }: HullCorners, geometry: GridGeometry): Float64Array {
  const [width, height] = geometry.sizeVoxels;
  const longest = new Float64Array(firstOfComponent.length - 1);
  for (let component = 0; component < longest.length; component++) {
    const [first, end] = [firstOfComponent[component] as number, firstOfComponent[component + 1] as number];
    const points = new Float64Array(3 * FACE_MIDDLES.length * (end - first));
    for (let n = first, at = 0; n < end; n++) {
      const row = Math.floor((voxel[n] as number) / width);
      const [i, j, k] = [(voxel[n] as number) % width, row % height, Math.floor(row / height)];
      for (const [di, dj, dk] of FACE_MIDDLES) {
        points.set(worldPositionMm(geometry, [i + di, j + dj, k + dk]), at);
        at += 3;
      }
    }
    longest[component] = longestDistance(points);
  }
  return longest;
}

/** @param points - x, y, z by turns; at least one point. */
function longestDistance(points: Float64Array): number {
  const centre = middleOfBox(points);
  const radii = new Float64Array(points.length / 3);
  let largest = 0;
  for (let n = 0; n < radii.length; n++) {
    radii[n] = distance(points, 3 * n, centre, 0);
    largest = Math.max(largest, radii[n] as number);
  }
  let longest = doubleNormal(points);
  // The way over the centre is no shorter than the straight one: what cannot come up to the longest even so is left out.
  const far = Array.from(radii.keys())
    .filter((n) => (radii[n] as number) + largest > longest)
    .sort((a, b) => (radii[b] as number) - (radii[a] as number));
  for (const [n, one] of far.entries()) {
    for (let m = 0; m < n; m++) {
      const other = far[m] as number;
      if ((radii[one] as number) + (radii[other] as number) <= longest) break;
      longest = Math.max(longest, distance(points, 3 * one, points, 3 * other));
    }
  }
  return longest;
}

/** A long distance between two of the points, mostly the longest: the farthest point is looked for from the farthest point. */
function doubleNormal(points: Float64Array): number {
  let from = 0;
  for (let longest = 0; ; ) {
    let [farthest, far] = [from, 0];
    for (let at = 0; at < points.length; at += 3) {
      const mm = distance(points, at, points, from);
      if (mm > far) [farthest, far] = [at, mm];
    }
    if (far <= longest) return longest;
    longest = far;
    from = farthest;
  }
}

function middleOfBox(points: Float64Array): Float64Array {
  const [lowest, highest] = [points.slice(0, 3), points.slice(0, 3)];
  for (let at = 3; at < points.length; at++) {
    const [axis, mm] = [at % 3, points[at] as number];
    if (mm < (lowest[axis] as number)) lowest[axis] = mm;
    if (mm > (highest[axis] as number)) highest[axis] = mm;
  }
  return lowest.map((low, axis) => (low + (highest[axis] as number)) / 2);
}

/** Of two points that begin at places of arrays. */
function distance(a: Float64Array, atA: number, b: Float64Array, atB: number): number {
  const x = (a[atA] as number) - (b[atB] as number);
  const y = (a[atA + 1] as number) - (b[atB + 1] as number);
  const z = (a[atA + 2] as number) - (b[atB + 2] as number);
  return Math.sqrt(x * x + y * y + z * z);
}
