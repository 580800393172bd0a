/**
 * The stages of a bundle in order, in pixels, in millimetres or in tiles: each sees all slices whole, or what lies round what an
 * earlier one found, and its labels replace what was there.
 * @module
 */
import type { Volume } from '../core/volume.ts';
import type { AxialView } from '../preprocess/reorient.ts';
import type { Bundle } from './loaded-bundle.ts';
import { gridRegion } from './millimetres/millimetre-region.ts';
import { runMillimetreStage } from './millimetres/millimetre-stage.ts';
import { type Centroid, type RunStageOptions, runStage, stageBoxes } from './stage.ts';
import { runTileStage } from './tiles/tile-stage.ts';

/** What the cascade is doing: slice `done` of `total` of a stage. */
export interface SegmentProgress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

/** What a stage took. */
export interface StageTiming {
  readonly stage: string;
  /** Slices it ran on; of a stage in tiles its tiles, each mirrored one counted. */
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
 * @throws {VoxwatchError} `INFERENCE_FAILED`, `CANCELLED`; `GEOMETRY_INVALID` for pixels of a size that cannot be.
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
  for (const { manifest, session } of bundle.stages) {
    const { name } = manifest;
    const startedMs = performance.now();
    const optionsFor = (total: number): RunStageOptions => ({
      batchSlices: bundle.batchSlices,
      onSlices: (done) => onProgress?.({ stage: name, done, total }),
      ...(signal ? { signal } : {}),
    });
    let slices = 0;
    if (manifest.space === 'pixels') {
      const boxes = stageBoxes(manifest.region, view, (earlier) => centroids.get(earlier) ?? []);
      slices = boxes.length;
      centroids.set(name, await runStage({ manifest, session }, { view, volume, boxes }, labels, optionsFor(slices)));
    } else if (manifest.space === 'tiles') {
      const onTiles = (done: number, total: number): void => onProgress?.({ stage: name, done, total });
      slices = await runTileStage({ manifest, session }, { view, volume }, labels, { onTiles, ...(signal ? { signal } : {}) });
    } else {
      const region = gridRegion(manifest, view, labels);
      slices = region?.grid.sizeVoxels[2] ?? 0;
      if (region) await runMillimetreStage({ manifest, session }, { view, volume, region }, labels, optionsFor(slices));
    }
    timings.push({ stage: name, slices, durationMs: performance.now() - startedMs });
  }
  return { labels, timings };
}
