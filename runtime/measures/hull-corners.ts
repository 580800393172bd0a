/**
 * The components of a label → the corners of their hulls in all native slices, component by component: what both longest
 * diameters are measured between.
 * @module
 */
import type { Components } from '../components.ts';
import type { LabelRuns } from '../label-runs.ts';
import { forSliceHulls } from './slice-hulls.ts';

export interface HullCorners {
  /** For each component its first corner; one entry more closes the last component. */
  readonly firstOfComponent: Uint32Array;
  /** Array index of each corner's voxel; those of a component by slice, ascending. */
  readonly voxel: Uint32Array;
}

/** Finds them. They are counted first, as runs are: noise has tens of millions. */
export function hullCorners(runs: LabelRuns, components: Components): HullCorners {
  const [width, height] = runs.sizeVoxels;
  const firstOfComponent = new Uint32Array(components.count + 1);
  forSliceHulls(runs, components, (component, _, __, values) => {
    firstOfComponent[component + 1] = (firstOfComponent[component + 1] as number) + values / 2;
  });
  for (let component = 0; component < components.count; component++)
    firstOfComponent[component + 1] = (firstOfComponent[component + 1] as number) + (firstOfComponent[component] as number);
  const voxel = new Uint32Array(firstOfComponent[components.count] as number);
  const end = firstOfComponent.slice(0, components.count);
  forSliceHulls(runs, components, (component, k, corners, values) => {
    let at = end[component] as number;
    for (let n = 0; n < values; n += 2) voxel[at++] = (corners[n] as number) + width * ((corners[n + 1] as number) + height * k);
    end[component] = at;
  });
  return { firstOfComponent, voxel };
}
