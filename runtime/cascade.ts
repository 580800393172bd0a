/**
 * The stages of a bundle in order: each sees all slices whole, or crops round what an earlier one found, and its labels
 * replace what was there.
 * @module
 */
import type { Volume } from '../core/volume.ts';
import type { AxialView } from '../preprocess/reorient.ts';
import type { Bundle } from './loaded-bundle.ts';
import { type Centroid, runStage, stageBoxes } from './stage.ts';

/** What the cascade is doing: slice `done` of `total` of a stage. */
export interface SegmentProgress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

/** What a stage took. */
export interface StageTiming {
  readonly stage: string;
  /** Slices it ran on. */
  readonly slices: number;
  readonly durationMs: number;
}

export interface CascadeOptions {
  readonly onProgress?: (progress: SegmentProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs all stages.
 * @returns labels in the voxel order of the volume, and the time of each stage.
 * @throws {VoxwatchError} `INFERENCE_FAILED`, `CANCELLED`.
 */
export async function runCascade(
  bundle: Bundle,
  volume: Volume,
  view: AxialView,
  { onProgress, signal }: CascadeOptions,
): Promise<{ labels: Uint8Array; timings: readonly StageTiming[] }> {
  const labels = new Uint8Array(volume.hu.length);
  const timings: StageTiming[] = [];
  const centroids = new Map<string, readonly Centroid[]>();
  for (const stage of bundle.stages) {
    const { name, region } = stage.manifest;
    const startedMs = performance.now();
    const boxes = stageBoxes(region, view, (earlier) => centroids.get(earlier) ?? []);
    const found = await runStage(stage, { view, volume, boxes }, labels, {
      batchSlices: bundle.batchSlices,
      onSlices: (done) => onProgress?.({ stage: name, done, total: boxes.length }),
      ...(signal ? { signal } : {}),
    });
    centroids.set(name, found);
    timings.push({ stage: name, slices: boxes.length, durationMs: performance.now() - startedMs });
  }
  return { labels, timings };
}
