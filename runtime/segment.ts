/**
 * The main act: a volume in, a label map on its own grid and what it measures out.
 * @module
 */
import type { Finding } from '../core/finding.ts';
import { createLabelMap, type LabelMap, type Volume } from '../core/volume.ts';
import { axialView } from '../preprocess/reorient.ts';
import { type CascadeOptions, runCascade, type StageTiming } from './cascade.ts';
import type { Bundle } from './loaded-bundle.ts';
import { type LabelMeasurement, measureLabels, type Outcome, outcomeOf, resultFindings } from './measure.ts';
import { postprocessInPlace } from './postprocess.ts';

/** Progress and cancelling; both may be left out. */
export type SegmentOptions = CascadeOptions;

export interface Segmentation {
  /** On the volume's grid, in its voxel order. */
  readonly labelMap: LabelMap;
  readonly outcome: Outcome;
  /** One a label of the bundle, in its order. */
  readonly measurements: readonly LabelMeasurement[];
  readonly findings: readonly Finding[];
  readonly timings: { readonly stages: readonly StageTiming[]; readonly postprocessMs: number };
  /** The provider that really ran, and those that were asked before it. */
  readonly provider: Bundle['provider'];
}

/**
 * Segments a CT volume with all stages of a bundle.
 * @param volume - Any of the 48 voxel orders; not modified.
 * @throws {VoxwatchError} `INFERENCE_FAILED`; `CANCELLED` after the signal; `GEOMETRY_INVALID` for pixels of a size that cannot be.
 */
export async function segment(bundle: Bundle, volume: Volume, options: SegmentOptions = {}): Promise<Segmentation> {
  const { manifest, provider } = bundle;
  const view = axialView(volume.geometry);
  const { labels, timings } = await runCascade(bundle, volume, view, options);
  const startedMs = performance.now();
  const labelMap = createLabelMap(volume.geometry, labels);
  const { runs, findings: leftOut } = postprocessInPlace(labelMap, manifest);
  const measurements = measureLabels(runs, { volume, view, manifest });
  const outcome = outcomeOf(measurements, manifest);
  const findings = [...resultFindings(runs, { outcome, view, manifest }), ...leftOut];
  return {
    labelMap,
    outcome,
    measurements,
    findings,
    timings: { stages: timings, postprocessMs: performance.now() - startedMs },
    provider,
  };
}
