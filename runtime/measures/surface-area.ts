/**
 * Components of a label → surface area, mm², by Crofton's formula on runs.
 *
 * Lines run through the grid in its 13 directions. How often those of one direction cross a body's surface, times the area
 * that each of them stands for, is the surface seen along it; the mean over all directions is half the surface. The 13 are
 * not spread evenly over the sphere, so each counts by the part of the sphere that is nearer to it than to the others.
 * What lies outside the grid is outside the body: the cut of a field of view counts. Round bodies come out within 2 %, flat
 * faces along the grid up to a tenth too small.
 *
 * Source: G. Lehmann, D. Legland, Efficient N-Dimensional surface estimation using Crofton formula and run-length
 * encoding, Insight Journal 2012; ITK's "Perimeter" is the same on even, upright grids. Here slices may be tilted or
 * unevenly spaced: each step between slices has weights of its own.
 * @module
 */
import { affineColumn, cross, dot, norm, scale, type Vector3 } from '../../core/affine.ts';
import { type GridGeometry, slicePlanes } from '../../core/volume.ts';
import type { Components } from '../components.ts';
import type { LabelRuns } from '../label-runs.ts';

type Direction = readonly [di: number, dj: number, dk: number];

const WITHIN_SLICE: readonly Direction[] = [
  [1, 0, 0],
  [-1, 1, 0],
  [0, 1, 0],
  [1, 1, 0],
];

const TO_NEXT_SLICE: readonly Direction[] = [-1, 0, 1].flatMap((dj) => [-1, 0, 1].map((di): Direction => [di, dj, 1]));

/** Points on half a sphere that share it out among the directions: enough for 0.1 % of a surface. */
const SPHERE_POINTS = 5_000;

/** What one crossing of a direction's lines adds to a surface, mm², in the order of the directions. */
type CrossingAreas = readonly number[];

/**
 * The surface of each component.
 * @param runs - Of one label, two runs of a row never end to end (`runsOfLabel`).
 * @param components - Voxels that touch by a corner are one; then the surfaces of a label's components add up to its own.
 * @returns mm², one a component.
 */
export function surfaceAreasMm2(runs: LabelRuns, { count, ofRun }: Components, geometry: GridGeometry): Float64Array {
  const areas = new Float64Array(count);
  const add = (run: number, mm2: number): void => {
    const component = ofRun[run] as number;
    areas[component] = (areas[component] as number) + mm2;
  };
  const [, height, slices] = runs.sizeVoxels;
  const areasOf = crossingAreasBySlice(geometry);
  for (let k = 0, row = 0; k < slices; k++) {
    if (runs.firstOfRow[row] === runs.firstOfRow[row + height]) {
      row += height;
      continue;
    }
    const { within, above, below } = areasOf(k);
    // A voxel alone is entered and left along every direction …
    const alone = 2 * sum(within) + sum(above) + sum(below);
    for (let j = 0; j < height; j++, row++) {
      if (runs.firstOfRow[row] === runs.firstOfRow[row + 1]) continue;
      for (let run = runs.firstOfRow[row] as number; run < (runs.firstOfRow[row + 1] as number); run++) {
        add(run, (runs.length[run] as number) * alone);
      }
      // … and two neighbours of one body have no surface between them.
      const subtractShared = (directions: readonly Direction[], crossings: CrossingAreas): void => {
        directions.forEach(([di, dj, dk], n) => {
          if (j + dj < 0 || j + dj >= height || k + dk >= slices) return;
          forShared(runs, { row, other: row + dj + dk * height, di }, (run, voxels) =>
            add(run, -2 * voxels * (crossings[n] as number)),
          );
        });
      };
      subtractShared(WITHIN_SLICE, within);
      subtractShared(TO_NEXT_SLICE, above);
    }
  }
  return areas;
}

/** For each run of a row, how many of its voxels have a neighbour in another row, `di` along i. */
function forShared(
  { start, length, firstOfRow, sizeVoxels: [width] }: LabelRuns,
  { row, other, di }: { readonly row: number; readonly other: number; readonly di: number },
  see: (run: number, voxels: number) => void,
): void {
  const shift = (other - row) * width + di;
  const endOther = firstOfRow[other + 1] as number;
  const stopOf = (run: number): number => (start[run] as number) + (length[run] as number);
  let near = firstOfRow[other] as number;
  for (let run = firstOfRow[row] as number; run < (firstOfRow[row + 1] as number); run++) {
    const [from, to] = [(start[run] as number) + shift, stopOf(run) + shift];
    while (near < endOther && stopOf(near) <= from) near++;
    for (let met = near; met < endOther && (start[met] as number) < to; met++) {
      see(run, Math.min(to, stopOf(met)) - Math.max(from, start[met] as number));
    }
  }
}

interface SliceCrossings {
  readonly within: CrossingAreas;
  /** To the next slice, and from the one before; beyond the outer slices the only step goes on. */
  readonly above: CrossingAreas;
  readonly below: CrossingAreas;
}

/** By grid, since each label of a volume asks for the same. */
const KNOWN = new WeakMap<GridGeometry, (k: number) => SliceCrossings>();

function crossingAreasBySlice(geometry: GridGeometry): (k: number) => SliceCrossings {
  const known = KNOWN.get(geometry) ?? slicesOfGrid(geometry);
  KNOWN.set(geometry, known);
  return known;
}

function slicesOfGrid(geometry: GridGeometry): (k: number) => SliceCrossings {
  const { thicknessesMm, gapsMm, stepMm } = slicePlanes(geometry);
  const columns = ([0, 1, 2] as const).map((axis) => affineColumn(geometry.voxelToWorld, axis));
  const [a, b, c] = columns as [Vector3, Vector3, Vector3];
  const byMicrometres = new Map<number, { readonly within: CrossingAreas; readonly across: CrossingAreas }>();
  const at = (mm: number): { readonly within: CrossingAreas; readonly across: CrossingAreas } => {
    const key = Math.round(mm * 1000);
    const before = byMicrometres.get(key);
    if (before) return before;
    const all = crossingAreas([a, b, scale(c, mm / stepMm)]);
    const made = { within: all.slice(0, WITHIN_SLICE.length), across: all.slice(WITHIN_SLICE.length) };
    byMicrometres.set(key, made);
    return made;
  };
  return (k) => ({
    within: at(thicknessesMm[k] as number).within,
    above: at(gapsMm[k] ?? gapsMm[k - 1] ?? stepMm).across,
    below: at(gapsMm[k - 1] ?? gapsMm[k] ?? stepMm).across,
  });
}

/** @param basis - World steps of one voxel along i, j and to the next slice, mm. */
function crossingAreas([a, b, c]: readonly [Vector3, Vector3, Vector3]): CrossingAreas {
  const steps = [...WITHIN_SLICE, ...TO_NEXT_SLICE].map(
    ([di, dj, dk]): Vector3 => [
      di * a[0] + dj * b[0] + dk * c[0],
      di * a[1] + dj * b[1] + dk * c[1],
      di * a[2] + dj * b[2] + dk * c[2],
    ],
  );
  const voxelMm3 = Math.abs(dot(a, cross(b, c)));
  const shares = sphereShares(steps.map((step) => scale(step, 1 / norm(step))));
  return steps.map((step, n) => (2 * (shares[n] as number) * voxelMm3) / norm(step));
}

/** The part of the sphere that is nearer to each line than to the others; the sum is 1. */
function sphereShares(directions: readonly Vector3[]): readonly number[] {
  const flat = Float64Array.from(directions.flat());
  const counts = new Array<number>(directions.length).fill(0);
  const goldenAngle = Math.PI * (3 - Math.sqrt(5));
  for (let n = 0; n < SPHERE_POINTS; n++) {
    // A Fibonacci lattice on half the sphere: the other half is the same lines backwards.
    const z = (n + 0.5) / SPHERE_POINTS;
    const radius = Math.sqrt(1 - z * z);
    const [x, y] = [radius * Math.cos(n * goldenAngle), radius * Math.sin(n * goldenAngle)];
    let [nearest, closeness] = [0, -1];
    for (let at = 0; at < flat.length; at += 3) {
      const cosine = Math.abs((flat[at] as number) * x + (flat[at + 1] as number) * y + (flat[at + 2] as number) * z);
      if (cosine > closeness) [nearest, closeness] = [at / 3, cosine];
    }
    counts[nearest] = (counts[nearest] as number) + 1;
  }
  return counts.map((count) => count / SPHERE_POINTS);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
