/**
 * The main act: a volume in, a label map on its own grid and what it measures out.
 * @module
 */
import type { Finding } from '../core/finding.ts';
import type { Precision } from '../core/model-variants.ts';
import { createLabelMap, type LabelMap, type Volume } from '../core/volume.ts';
import { axialView } from '../preprocess/reorient.ts';
import { type CascadeOptions, runCascade, type StageTiming } from './cascade.ts';
import { domainFindings } from './domain-findings.ts';
import type { Bundle } from './loaded-bundle.ts';
import {
  type LabelMeasurement,
  type LesionMeasurement,
  measureLabels,
  type Outcome,
  outcomeOf,
  resultFindings,
} from './measures/measure.ts';
import { postprocessInPlace } from './postprocess.ts';
import type { MemorySetback } from './sessions/session.ts';

/** Progress and cancelling; both may be left out. */
export type SegmentOptions = CascadeOptions;

export interface Segmentation {
  /** On the volume's grid, in its voxel order. */
  readonly labelMap: LabelMap;
  readonly outcome: Outcome;
  /** One a label of the bundle, in its order. */
  readonly measurements: readonly LabelMeasurement[];
  /** One a lesion, the largest first; absent where the bundle marks none. */
  readonly lesions?: readonly LesionMeasurement[];
  readonly findings: readonly Finding[];
  readonly timings: { readonly stages: readonly StageTiming[]; readonly postprocessMs: number };
  /** The provider that really ran, and those that were asked before it. */
  readonly provider: Bundle['provider'];
  /** Of the networks that ran. */
  readonly precision: Precision;
}

/**
 * Segments a CT volume with all stages of a bundle.
 * @param volume - Any of the 48 voxel orders; not modified.
 * @throws {VoxwatchError} `INFERENCE_FAILED`; `CANCELLED` after the signal; `GEOMETRY_INVALID` for pixels of a size that cannot be.
 */
export async function segment(bundle: Bundle, volume: Volume, options: SegmentOptions = {}): Promise<Segmentation> {
  const { manifest } = bundle;
  const view = axialView(volume.geometry);
  const { labels, timings } = await runCascade(bundle, volume, view, options);
  const startedMs = performance.now();
  const labelMap = createLabelMap(volume.geometry, labels);
  const { runs, findings: leftOut } = postprocessInPlace(labelMap, manifest);
  const { labels: measurements, lesions } = measureLabels(runs, { volume, view, manifest });
  const outcome = outcomeOf(measurements, manifest);
  const found = resultFindings(runs, { outcome, measurements, view, manifest });
  const setback = bundle.memorySetback?.();
  const provider = setback?.isOnCpu ? movedToCpu(bundle.provider) : bundle.provider;
  const findings = [...found, ...leftOut, ...domainFindings(volume, { view, manifest }), ...memoryFindings(setback)];
  return {
    labelMap,
    outcome,
    measurements,
    ...(lesions ? { lesions } : {}),
    findings,
    timings: { stages: timings, postprocessMs: performance.now() - startedMs },
    provider,
    precision: bundle.precisionOf(provider.name),
  };
}

function memoryFindings(setback: MemorySetback | undefined): Finding[] {
  if (!setback) return [];
  const how = setback.isOnCpu ? 'the CPU did its work, which takes longer' : `it takes ${setback.batchSlices} slices at a time now`;
  const message = `The GPU ran out of memory: ${how}. The masks are the same; other programs may be using the GPU.`;
  return [{ code: 'GPU_MEMORY_SHORT', severity: 'warning', message }];
}

/** It began on a GPU, which keeps its golden proof out of what the CPU did. */
function movedToCpu({ name, refused }: Bundle['provider']): Bundle['provider'] {
  return { name: 'cpu', refused: [...refused, { provider: name, reason: 'It ran out of memory with a single slice.' }] };
}
