/**
 * Components that reach out of the label that they must lie within: a lesion at the edge of an organ bulges, and the organ's
 * outline, which another stage drew, cuts it short.
 * @module
 */
import type { GridGeometry } from '../../core/volume.ts';
import { type Connectivity, connectedComponents } from '../components.ts';
import { labelRuns } from '../label-runs.ts';
import { removeFarInPlace } from './grid-distances.ts';

/** Of its voxels, what a component must have inside to bulge. */
const LEAST_SHARE_INSIDE = 0.5;

/**
 * Removes from a mask what lies farther out than a bulge may reach; then, of components that lie mostly outside, what is outside.
 * @param mask - 0, or a value for inside and another one for outside; changed in place.
 * @param inside - Where the label is that components must lie within, 1 a voxel.
 * @param bulgeMm - Largest distance from there.
 */
export function keepBulgingInPlace(
  mask: Uint8Array,
  { inside, bulgeMm }: { readonly inside: Uint8Array; readonly bulgeMm: number },
  grid: GridGeometry,
  connectivity: Connectivity,
): void {
  removeFarInPlace(mask, inside, grid, bulgeMm);
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
