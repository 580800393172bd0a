/**
 * What the manifest asks for after the networks: specks of foreground are removed, specks of lesion become organ.
 * @module
 */
import type { ModelManifest } from '../core/model-manifest.ts';
import { type LabelMap, voxelVolumesMm3 } from '../core/volume.ts';
import { type Connectivity, connectedComponents } from './components.ts';
import { type LabelRuns, labelRuns } from './label-runs.ts';

/** Voxels that touch by a corner belong together, in post-processing as in the report. */
export const COMPONENT_CONNECTIVITY: Connectivity = 26;

const MM3_PER_ML = 1000;

/**
 * Applies the manifest's post-processing to a label map, in place.
 * @returns the runs of what is left.
 */
export function postprocessInPlace(labelMap: LabelMap, manifest: ModelManifest): LabelRuns {
  const runs = labelRuns(labelMap);
  const { minComponentMl, minLesionMl } = manifest.postprocessing;
  const everyLabel = manifest.labels.map((label) => label.index);
  relabelSmallInPlace(labelMap, runs, { members: everyLabel, minMl: minComponentMl, becomes: 0 });
  relabelSmallInPlace(labelMap, runs, { members: [manifest.lesionLabel], minMl: minLesionMl, becomes: manifest.organLabel });
  return runs;
}

/** The volume of each run, ml, by true slice distances. */
export function runVolumesMl(runs: LabelRuns, geometry: LabelMap['geometry']): Float64Array {
  const voxelMm3 = voxelVolumesMm3(geometry);
  const sliceVoxels = geometry.sizeVoxels[0] * geometry.sizeVoxels[1];
  return Float64Array.from(
    runs.start,
    (start, run) => ((runs.length[run] as number) * (voxelMm3[Math.floor(start / sliceVoxels)] as number)) / MM3_PER_ML,
  );
}

function relabelSmallInPlace(
  { labels, geometry }: LabelMap,
  runs: LabelRuns,
  { members, minMl, becomes }: { readonly members: readonly number[]; readonly minMl: number; readonly becomes: number },
): void {
  if (minMl <= 0) return;
  const { count, ofRun } = connectedComponents(runs, members, COMPONENT_CONNECTIVITY);
  const volumeMl = new Float64Array(count);
  runVolumesMl(runs, geometry).forEach((ml, run) => {
    const component = ofRun[run] as number;
    if (component >= 0) volumeMl[component] = (volumeMl[component] as number) + ml;
  });
  for (let run = 0; run < ofRun.length; run++) {
    const component = ofRun[run] as number;
    if (component < 0 || (volumeMl[component] as number) >= minMl) continue;
    const start = runs.start[run] as number;
    labels.fill(becomes, start, start + (runs.length[run] as number));
    runs.label[run] = becomes;
  }
}
