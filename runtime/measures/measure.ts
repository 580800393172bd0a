/**
 * A label map → figures per label and per lesion, the outcome, and findings about the result.
 * @module
 */
import type { Vector3 } from '../../core/affine.ts';
import type { Finding } from '../../core/finding.ts';
import type { ModelManifest } from '../../core/model-manifest.ts';
import type { Volume } from '../../core/volume.ts';
import type { AxialView } from '../../preprocess/reorient.ts';
import type { LabelRuns } from '../label-runs.ts';
import { type ComponentFigures, componentFigures } from './component-figures.ts';
import { viewIndex } from './diameter.ts';

/** Figures of a set of voxels. */
interface Figures {
  /** By true slice distances. */
  readonly volumeMl: number;
  readonly voxelCount: number;
  /** Longest diameter of one component within one axial slice, to the outer edges of its pixels; 0 without a voxel. */
  readonly largestDiameterMm: number;
  /** Longest diameter of one component in space, to the outer faces of its voxels; 0 without a voxel. */
  readonly largestDiameter3dMm: number;
  /** Surface area, estimated by Crofton's formula; the cut of a field of view counts. */
  readonly surfaceMm2: number;
  /** Mean of the input's Hounsfield units; absent without a voxel. */
  readonly meanHu?: number;
  /** Their standard deviation, over the voxels as they are (divided by their number); absent without a voxel. */
  readonly sdHu?: number;
}

/** Figures of one label. */
export interface LabelMeasurement extends Figures {
  readonly index: number;
  readonly name: string;
  /** 3-D components; voxels that touch by a corner are one. */
  readonly components: number;
}

/** Figures of one lesion: one 3-D component of the lesion label. */
export interface LesionMeasurement extends Figures {
  /** World mm (LPS), each voxel by its volume. */
  readonly centroidMm: Vector3;
  /** The first and last axial slice it reaches, counted from 1 at the feet, as overlays are numbered. */
  readonly slices: readonly [first: number, last: number];
}

/** What was found; `organ-found` by models that tell no lesion from it. A segmentation that failed throws instead. */
export type Outcome = 'tumour-found' | 'no-tumour-found' | 'organ-found' | 'organ-absent';

export interface Measurements {
  /** One a label of the manifest, in its order. */
  readonly labels: readonly LabelMeasurement[];
  /** One a lesion, the largest first; absent where the model marks none. */
  readonly lesions?: readonly LesionMeasurement[];
}

/** Measures every label of the manifest, and every lesion, in time linear in the foreground. */
export function measureLabels(
  runs: LabelRuns,
  {
    volume,
    view,
    manifest,
  }: { readonly volume: Volume; readonly view: AxialView; readonly manifest: Pick<ModelManifest, 'labels' | 'lesionLabel'> },
): Measurements {
  const parts = new Map(manifest.labels.map(({ index }) => [index, componentFigures(runs, index, { volume, view })]));
  const labels = manifest.labels.map(({ index, name }) => {
    const components = parts.get(index) as ComponentFigures;
    return { index, name, ...together(components, 0, components.count), components: components.count };
  });
  const lesions = manifest.lesionLabel === undefined ? undefined : parts.get(manifest.lesionLabel);
  return { labels, ...(lesions ? { lesions: lesionsOf(lesions) } : {}) };
}

function lesionsOf(components: ComponentFigures): readonly LesionMeasurement[] {
  const { count, volumeMl, centroidMm, firstSlice, lastSlice } = components;
  const numbers = Array.from({ length: count }, (_, n) => n).sort((a, b) => (volumeMl[b] as number) - (volumeMl[a] as number));
  return numbers.map((n) => ({
    ...together(components, n, n + 1),
    centroidMm: [centroidMm[0][n] as number, centroidMm[1][n] as number, centroidMm[2][n] as number],
    slices: [firstSlice[n] as number, lastSlice[n] as number],
  }));
}

/** The components from `first` on, before `end`. They do not touch, so their volumes and surfaces add up. */
function together(components: ComponentFigures, first: number, end: number): Figures {
  const total = (key: 'volumeMl' | 'voxelCount' | 'surfaceMm2' | 'huSum' | 'huSquareSum'): number => {
    let sum = 0;
    for (let n = first; n < end; n++) sum += components[key][n] as number;
    return sum;
  };
  const largest = (key: 'inPlaneDiameterMm' | 'diameter3dMm'): number => {
    let most = 0;
    for (let n = first; n < end; n++) most = Math.max(most, components[key][n] as number);
    return most;
  };
  const voxelCount = total('voxelCount');
  const meanHu = total('huSum') / voxelCount;
  // Rounding can leave the variance of equal values a hair below 0.
  const sdHu = Math.sqrt(Math.max(0, total('huSquareSum') / voxelCount - meanHu ** 2));
  return {
    volumeMl: total('volumeMl'),
    voxelCount,
    largestDiameterMm: largest('inPlaneDiameterMm'),
    largestDiameter3dMm: largest('diameter3dMm'),
    surfaceMm2: total('surfaceMm2'),
    ...(voxelCount > 0 ? { meanHu, sdHu } : {}),
  };
}

/** The outcome behind the figures. */
export function outcomeOf(measurements: readonly LabelMeasurement[], { organLabel, lesionLabel }: ModelManifest): Outcome {
  const has = (label: number | undefined): boolean =>
    measurements.some(({ index, voxelCount }) => index === label && voxelCount > 0);
  if (has(lesionLabel)) return 'tumour-found';
  if (organLabel !== undefined && !has(organLabel)) return 'organ-absent';
  return lesionLabel === undefined ? 'organ-found' : 'no-tumour-found';
}

/** What a result is of. */
interface Found {
  readonly outcome: Outcome;
  readonly measurements: readonly LabelMeasurement[];
  readonly view: AxialView;
  readonly manifest: ModelManifest;
}

/** What a reader of the result must know about it. */
export function resultFindings(runs: LabelRuns, { outcome, measurements, view, manifest }: Found): readonly Finding[] {
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
  findings.push(...contrastFindings(measurements, manifest));
  const shown = [organLabel, lesionLabel].filter((label) => label !== undefined);
  const cut = (where: string): Finding => ({
    code: 'ORGAN_CUT_BY_FIELD_OF_VIEW',
    severity: 'warning',
    message: `The ${organ} reaches ${where}: part of it may lie outside the series, and its volume be too small.`,
  });
  if (reachesEnd(runs, view, { labels: shown, axes: [2] })) findings.push(cut('the first or last slice'));
  if (reachesEnd(runs, view, { labels: shown, axes: [0, 1] })) findings.push(cut('the edge of the slices'));
  return findings;
}

/** "No tumour" means little where none could be seen. */
function contrastFindings(measurements: readonly LabelMeasurement[], { organLabel, enhancedOrganHu }: ModelManifest): Finding[] {
  const organ = measurements.find(({ index }) => index === organLabel);
  if (enhancedOrganHu === undefined || organ?.meanHu === undefined || organ.meanHu >= enhancedOrganHu) return [];
  const message = `The ${organ.name} measures ${organ.meanHu.toFixed(0)} HU on average, as without contrast medium: a tumour may look like it and be missed.`;
  return [{ code: 'ORGAN_NOT_ENHANCED', severity: 'warning', message }];
}

/** Whether a label reaches the first or last voxel along an axis of the view. */
function reachesEnd(
  runs: LabelRuns,
  view: AxialView,
  { labels, axes }: { readonly labels: readonly number[]; readonly axes: readonly (0 | 1 | 2)[] },
): boolean {
  const isAtEnd = (voxel: number): boolean => {
    const place = viewIndex(view, voxel);
    return axes.some((axis) => place[axis] === 0 || place[axis] === view.sizeVoxels[axis] - 1);
  };
  return runs.label.some((label, run) => {
    const first = runs.start[run] as number;
    return labels.includes(label) && (isAtEnd(first) || isAtEnd(first + (runs.length[run] as number) - 1));
  });
}
