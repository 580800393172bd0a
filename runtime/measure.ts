/**
 * A label map → figures per label, the outcome, and findings about the result.
 * @module
 */
import type { Finding } from '../core/finding.ts';
import type { ModelManifest } from '../core/model-manifest.ts';
import type { Volume } from '../core/volume.ts';
import type { AxialView } from '../preprocess/reorient.ts';
import { connectedComponents } from './components.ts';
import { largestInPlaneDiameterMm, viewIndex } from './diameter.ts';
import type { LabelRuns } from './label-runs.ts';
import { COMPONENT_CONNECTIVITY, runVolumesMl } from './postprocess.ts';

/** Figures of one label. */
export interface LabelMeasurement {
  readonly index: number;
  readonly name: string;
  /** By true slice distances. */
  readonly volumeMl: number;
  readonly voxelCount: number;
  /** 3-D components; voxels that touch by a corner are one. */
  readonly components: number;
  /** Longest diameter of one component within one axial slice, to the outer edges of its pixels; 0 without a voxel. */
  readonly largestDiameterMm: number;
  /** Mean of the input's Hounsfield units; absent without a voxel. */
  readonly meanHu?: number;
}

/** What was found; `organ-found` by models that tell no lesion from it. A segmentation that failed throws instead. */
export type Outcome = 'tumour-found' | 'no-tumour-found' | 'organ-found' | 'organ-absent';

/** Measures every label of the manifest, in its order. */
export function measureLabels(
  runs: LabelRuns,
  { volume, view, manifest }: { readonly volume: Volume; readonly view: AxialView; readonly manifest: ModelManifest },
): readonly LabelMeasurement[] {
  const volumesMl = runVolumesMl(runs, volume.geometry);
  return manifest.labels.map(({ index, name }) => {
    let [volumeMl, voxelCount, huSum] = [0, 0, 0];
    for (let run = 0; run < runs.label.length; run++) {
      if (runs.label[run] !== index) continue;
      const [first, length] = [runs.start[run] as number, runs.length[run] as number];
      volumeMl += volumesMl[run] as number;
      voxelCount += length;
      for (let p = first; p < first + length; p++) huSum += volume.hu[p] as number;
    }
    const components = connectedComponents(runs, [index], COMPONENT_CONNECTIVITY);
    return {
      index,
      name,
      volumeMl,
      voxelCount,
      components: components.count,
      largestDiameterMm: largestInPlaneDiameterMm(runs, components, view),
      ...(voxelCount > 0 ? { meanHu: huSum / voxelCount } : {}),
    };
  });
}

/** The outcome behind the figures. */
export function outcomeOf(measurements: readonly LabelMeasurement[], { organLabel, lesionLabel }: ModelManifest): Outcome {
  const has = (label: number | undefined): boolean =>
    measurements.some(({ index, voxelCount }) => index === label && voxelCount > 0);
  if (has(lesionLabel)) return 'tumour-found';
  if (organLabel !== undefined && !has(organLabel)) return 'organ-absent';
  return lesionLabel === undefined ? 'organ-found' : 'no-tumour-found';
}

/** What a reader of the result must know about it. */
export function resultFindings(
  runs: LabelRuns,
  { outcome, view, manifest }: { readonly outcome: Outcome; readonly view: AxialView; readonly manifest: ModelManifest },
): readonly Finding[] {
  const { organLabel, lesionLabel } = manifest;
  const organ = manifest.labels.find(({ index }) => index === organLabel)?.name ?? 'tumour';
  if (outcome === 'organ-absent') {
    return [{ code: 'ORGAN_ABSENT', severity: 'warning', message: `No ${organ} was found in this series.` }];
  }
  const findings: Finding[] = [];
  if (outcome === 'no-tumour-found') {
    const message =
      organLabel === undefined
        ? 'No tumour was found. This model does not mark the organ: look whether the series shows it.'
        : `A ${organ} was found, and no tumour in it.`;
    findings.push({ code: 'NO_TUMOUR_FOUND', severity: 'info', message });
  }
  if (
    touchesOuterSlice(
      runs,
      view,
      [organLabel, lesionLabel].filter((label) => label !== undefined),
    )
  ) {
    findings.push({
      code: 'ORGAN_CUT_BY_FIELD_OF_VIEW',
      severity: 'warning',
      message: `The ${organ} reaches the first or last slice: part of it may lie outside the series, and its volume be too small.`,
    });
  }
  return findings;
}

function touchesOuterSlice(runs: LabelRuns, view: AxialView, labels: readonly number[]): boolean {
  const last = view.sizeVoxels[2] - 1;
  const isOuter = (voxel: number): boolean => [0, last].includes(viewIndex(view, voxel)[2]);
  return runs.label.some((label, run) => {
    const first = runs.start[run] as number;
    return labels.includes(label) && (isOuter(first) || isOuter(first + (runs.length[run] as number) - 1));
  });
}
