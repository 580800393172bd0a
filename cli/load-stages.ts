/**
 * A training run's stages and the scans to certify them on → what export makes a bundle of.
 * @module
 */
import type { Volume } from '../core/volume.ts';
import type { BundleStage } from '../export/bundle-stage.ts';
import { loadTrainedModel } from '../train/model-files.ts';
import { millimetreParitySlices, paritySlices } from './parity-slices.ts';
import { readIntensity, type TrainedRun } from './trained-folder.ts';

/** Scans whose slices make one result of the certificate. */
export interface CertifiedScans {
  /** For people: `slices of 2 real CT scans`. */
  readonly what: string;
  readonly volumes: readonly Volume[];
}

/**
 * Loads the networks of a run; needs a backend to be started.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND`; `INVALID_ARGUMENT` where the files are damaged.
 */
export async function loadStages(folder: string, run: TrainedRun, scans: readonly CertifiedScans[]): Promise<BundleStage[]> {
  const stages: BundleStage[] = [];
  for (const stage of run.stages) {
    const { name, gridPixels, region, outputLabels, millimetres } = stage;
    const model = await loadTrainedModel(folder, stage.model);
    const intensity = await readIntensity(folder, stage);
    const inputsOf = <Slice>(slicesOf: (volume: Volume) => Slice[]) =>
      scans.map(({ what, volumes }) => ({ description: what, slices: volumes.flatMap(slicesOf) }));
    if (millimetres === undefined) {
      const parityInputs = inputsOf((volume) => paritySlices(volume, region));
      stages.push({ space: 'pixels', name, region, outputLabels, model, intensity, gridPixels, parityInputs });
      continue;
    }
    const { region: seen, ...grid } = millimetres;
    const parityInputs = inputsOf((volume) => millimetreParitySlices(volume, grid.spacingMm));
    stages.push({ space: 'millimetres', name, region: seen, model, intensity, grid, parityInputs });
  }
  return stages;
}
