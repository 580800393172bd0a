/**
 * What the manifest asks for after the networks: what cannot be the organ is removed (specks, lesions without organ, more
 * parts than there are organs), specks of lesion become organ.
 * @module
 */
import type { Finding } from '../core/finding.ts';
import type { ModelManifest } from '../core/model-manifest.ts';
import { type LabelMap, voxelVolumesMm3 } from '../core/volume.ts';
import { type Components, type Connectivity, connectedComponents } from './components.ts';
import { type LabelRuns, labelRuns } from './label-runs.ts';

/** Voxels that touch by a corner belong together, in post-processing as in the report. */
export const COMPONENT_CONNECTIVITY: Connectivity = 26;

const MM3_PER_ML = 1000;

export interface Postprocessed {
  /** The runs of what is left. */
  readonly runs: LabelRuns;
  /** A warning where more than specks was removed: nobody must take its absence for a finding of the networks. */
  readonly findings: readonly Finding[];
}

/** Applies the manifest's post-processing to a label map, in place. */
export function postprocessInPlace(labelMap: LabelMap, manifest: ModelManifest): Postprocessed {
  const runs = labelRuns(labelMap);
  const { organLabel, lesionLabel, postprocessing } = manifest;
  const leftOutMl = removeComponentsInPlace(labelMap, runs, manifest);
  if (lesionLabel !== undefined) {
    // What is no lesion is organ, where the model knows one.
    const small = { members: [lesionLabel], minMl: postprocessing.minLesionMl, becomes: organLabel ?? 0 };
    relabelSmallInPlace(labelMap, runs, small);
  }
  return { runs, findings: leftOutFindings(leftOutMl) };
}

function leftOutFindings(leftOutMl: readonly number[]): Finding[] {
  if (leftOutMl.length === 0) return [];
  const total = leftOutMl.reduce((sum, ml) => sum + ml, 0).toFixed(1);
  const parts = leftOutMl.length === 1 ? 'A part' : `${leftOutMl.length} parts`;
  const message = `${parts} (${total} ml) that the networks marked away from the organ, or beyond the number of organs, was left out: look at the scan.`;
  return [{ code: 'PARTS_LEFT_OUT', severity: 'warning', message }];
}

/** The volume of each run, ml, by true slice distances. */
export function runVolumesMl(runs: LabelRuns, geometry: LabelMap['geometry']): Float64Array {
  const voxelMm3 = voxelVolumesMm3(geometry);
  const sliceVoxels = geometry.sizeVoxels[0] * geometry.sizeVoxels[1];
  const { start, length } = runs;
  const volumesMl = new Float64Array(start.length);
  for (let run = 0; run < start.length; run++) {
    const k = Math.floor((start[run] as number) / sliceVoxels);
    volumesMl[run] = ((length[run] as number) * (voxelMm3[k] as number)) / MM3_PER_ML;
  }
  return volumesMl;
}

/** @returns the volumes of components that were removed although they are no specks, ml. */
function removeComponentsInPlace(
  labelMap: LabelMap,
  runs: LabelRuns,
  { labels, organLabel, postprocessing }: ModelManifest,
): number[] {
  const { minComponentMl, minOrganMl, maxComponents } = postprocessing;
  const members = labels.map((label) => label.index);
  const components = connectedComponents(runs, members, COMPONENT_CONNECTIVITY);
  const wholeMl = componentVolumesMl(runs, labelMap.geometry, components, members);
  const organMl = componentVolumesMl(runs, labelMap.geometry, components, organLabel === undefined ? members : [organLabel]);
  const noSpecks = Array.from(wholeMl.keys()).filter((n) => (wholeMl[n] as number) >= minComponentMl);
  const kept = noSpecks
    .filter((n) => (organMl[n] as number) >= minOrganMl)
    .sort((a, b) => (wholeMl[b] as number) - (wholeMl[a] as number))
    .slice(0, maxComponents > 0 ? maxComponents : undefined);
  const isKept = new Set(kept);
  relabelInPlace(labelMap, runs, components, (component) => !isKept.has(component), 0);
  return noSpecks.filter((n) => !isKept.has(n)).map((n) => wholeMl[n] as number);
}

function relabelSmallInPlace(
  labelMap: LabelMap,
  runs: LabelRuns,
  { members, minMl, becomes }: { readonly members: readonly number[]; readonly minMl: number; readonly becomes: number },
): void {
  if (minMl <= 0) return;
  const components = connectedComponents(runs, members, COMPONENT_CONNECTIVITY);
  const volumeMl = componentVolumesMl(runs, labelMap.geometry, components, members);
  relabelInPlace(labelMap, runs, components, (component) => (volumeMl[component] as number) < minMl, becomes);
}

/** What each component holds of the labels given, ml. */
function componentVolumesMl(
  runs: LabelRuns,
  geometry: LabelMap['geometry'],
  { count, ofRun }: Components,
  labels: readonly number[],
): Float64Array {
  const volumeMl = new Float64Array(count);
  runVolumesMl(runs, geometry).forEach((ml, run) => {
    const component = ofRun[run] as number;
    if (component < 0 || !labels.includes(runs.label[run] as number)) return;
    volumeMl[component] = (volumeMl[component] as number) + ml;
  });
  return volumeMl;
}

function relabelInPlace(
  { labels }: LabelMap,
  runs: LabelRuns,
  { ofRun }: Components,
  isMeant: (component: number) => boolean,
  becomes: number,
): void {
  for (let run = 0; run < ofRun.length; run++) {
    const component = ofRun[run] as number;
    if (component < 0 || !isMeant(component)) continue;
    const start = runs.start[run] as number;
    labels.fill(becomes, start, start + (runs.length[run] as number));
    runs.label[run] = becomes;
  }
}
