/**
 * Components that reach out of the label that they must lie within: a lesion at the edge of an organ bulges, and the organ's
 * outline, which another stage drew, cuts it short.
 * @module
 */
import { affineSpacingMm } from '../../core/affine.ts';
import { nearestDistancesMm } from '../../core/distance-transform.ts';
import type { GridGeometry } from '../../core/volume.ts';
import { type Connectivity, connectedComponents } from '../components.ts';
import { labelRuns } from '../label-runs.ts';

/** Of its voxels, what a component must have inside to bulge. */
const LEAST_SHARE_INSIDE = 0.5;

/**
 * Removes from a mask what lies farther out than a bulge may reach; then, of components that lie mostly outside, what is outside.
 * @param mask - 0, or a value for inside and another one for outside; changed in place.
 * @param inside - Where the label is that components must lie within, 1 a voxel.
 * @param bulgeMm - Largest distance from there; along slanted slices it is taken as if they were upright.
 */
export function keepBulgingInPlace(
  mask: Uint8Array,
  { inside, bulgeMm }: { readonly inside: Uint8Array; readonly bulgeMm: number },
  grid: GridGeometry,
  connectivity: Connectivity,
): void {
  removeFar(mask, inside, grid, bulgeMm);
  const runs = labelRuns({ labels: mask, geometry: grid });
  const { count, ofRun } = connectedComponents(runs, [...new Set(runs.label)], connectivity);
  const [voxels, within] = [new Float64Array(count), new Float64Array(count)];
  forRuns((component, first, end) => {
    voxels[component] = (voxels[component] as number) + end - first;
    // A run has one value, so it lies on one side.
    if (inside[first] === 1) within[component] = (within[component] as number) + end - first;
  });
  forRuns((component, first, end) => {
    const isBulge = (within[component] as number) >= LEAST_SHARE_INSIDE * (voxels[component] as number);
    if (!isBulge && inside[first] !== 1) mask.fill(0, first, end);
  });

  function forRuns(visit: (component: number, first: number, end: number) => void): void {
    for (let run = 0; run < ofRun.length; run++) {
      const first = runs.start[run] as number;
      visit(ofRun[run] as number, first, first + (runs.length[run] as number));
    }
  }
}

function removeFar(mask: Uint8Array, inside: Uint8Array, grid: GridGeometry, bulgeMm: number): void {
  const outside: number[] = [];
  for (let p = 0; p < mask.length; p++) if (mask[p] !== 0 && inside[p] !== 1) outside.push(p);
  const queries = Uint32Array.from(outside);
  const { sizeVoxels, voxelToWorld, slicePositionsMm } = grid;
  const axes = { sizeVoxels, spacingMm: affineSpacingMm(voxelToWorld), ...ascending(slicePositionsMm) };
  const distances = nearestDistancesMm(axes, { marks: inside, feature: 1, queries });
  for (let n = 0; n < queries.length; n++) if ((distances[n] as number) > bulgeMm) mask[queries[n] as number] = 0;
}

/** Positions of slices from foot to head or the other way: distances are the same. */
function ascending(positions: readonly number[] | undefined): { readonly slicePositionsMm?: Float64Array } {
  if (positions === undefined) return {};
  const isFalling = (positions.at(-1) as number) < (positions[0] as number);
  return { slicePositionsMm: Float64Array.from(positions, (mm) => (isFalling ? -mm : mm)) };
}
