/**
 * One stage in millimetres over a volume: HU → the network's probabilities on its own grid → each output judged in three
 * dimensions → labels in the native label array.
 *
 * Kept in memory are uint8 probabilities on the network's grid, never classes × scan.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { foregroundSearch } from '../../core/foreground.ts';
import type { StageOutput } from '../../core/millimetre-stage.ts';
import type { MillimetreStage } from '../../core/model-manifest.ts';
import type { Volume } from '../../core/volume.ts';
import { PADDING_HU } from '../../preprocess/millimetre-grid.ts';
import { type AxialView, readBoxInto } from '../../preprocess/reorient.ts';
import { nearestSourcePixels } from '../../preprocess/resize.ts';
import { slicePositionsMm } from '../../preprocess/slice-positions.ts';
import { smoothedSlices } from '../../preprocess/smoothed-slices.ts';
import type { InferenceSession } from '../sessions/session.ts';
import type { RunStageOptions } from '../stage.ts';
import type { GridRegion } from './millimetre-region.ts';
import { outputMask } from './output-mask.ts';
import { eraseInPlace } from './redrawn-outline.ts';
import { smoothProbabilities } from './smooth-probabilities.ts';
import { writeMask } from './write-mask.ts';

/**
 * Runs a stage on its region and writes its outputs, in order, over what was there.
 * @param region - As `gridRegion` gives it.
 * @param labelsInto - Native label array, in the volume's voxel order.
 * @throws {VoxwatchError} `INFERENCE_FAILED`, `CANCELLED`.
 */
export async function runMillimetreStage(
  { manifest, session }: { readonly manifest: MillimetreStage; readonly session: InferenceSession },
  { view, volume, region }: { readonly view: AxialView; readonly volume: Volume; readonly region: GridRegion },
  labelsInto: Uint8Array,
  options: RunStageOptions,
): Promise<void> {
  const collected = await collectProbabilities({ manifest, session }, { view, volume, region }, options);
  const positionsMm = region.grid.slicePositionsMm ?? [];
  manifest.outputs.forEach((output, k) => {
    const probabilities = smoothProbabilities(collected[k] as Uint8Array, positionsMm, output.smoothingMm);
    const isRedrawn = output.redrawMm !== undefined;
    const of = isRedrawn ? output.label : output.within;
    const earlier = of === undefined ? undefined : gridVoxelsOf(of, { view, region }, labelsInto);
    const mask = outputMask(probabilities, output, region.grid, earlier);
    if (isRedrawn) eraseInPlace(output.label, view, region, labelsInto);
    writeMask({ output, probabilities, mask }, view, region, labelsInto);
  });
}

/** @returns for each output its probabilities on the network's grid, slice after slice. */
async function collectProbabilities(
  { manifest, session }: { readonly manifest: MillimetreStage; readonly session: InferenceSession },
  { view, volume, region }: { readonly view: AxialView; readonly volume: Volume; readonly region: GridRegion },
  { batchSlices, onSlices, signal }: RunStageOptions,
): Promise<readonly Uint8Array[]> {
  const { box, firstSlice, grid } = region;
  const [gridWidth, gridHeight, slices] = grid.sizeVoxels;
  const [width, height] = box.sizePixels;
  const [pixels, gridPixels] = [width * height, gridWidth * gridHeight];
  const { outputs } = manifest;
  const collected = outputs.map(() => new Uint8Array(slices * gridPixels));
  const readSlice = smoothedSlices(view, volume.hu, {
    box,
    padding: PADDING_HU,
    positionsMm: slicePositionsMm(view),
    smoothingMm: manifest.inputSmoothingMm ?? 0,
  });
  // The last batch is run at full size with stale slices at its end: a GPU's memory grows with each new shape.
  const hu = new Int16Array(batchSlices * pixels);
  for (let done = 0; done < slices; done += batchSlices) {
    if (signal?.aborted) throw new VoxwatchError('CANCELLED', 'The segmentation was cancelled.');
    const count = Math.min(batchSlices, slices - done);
    for (let n = 0; n < count; n++) readSlice(firstSlice + done + n, hu.subarray(n * pixels, (n + 1) * pixels));
    const found = await session.run(hu, { slices: batchSlices, height, width, gridPixels: [gridWidth, gridHeight] });
    if (found.length !== batchSlices * outputs.length * gridPixels) throw unexpected(manifest.name, outputs);
    for (let n = 0; n < count; n++) {
      collected.forEach((ofOutput, k) => {
        const start = (n * outputs.length + k) * gridPixels;
        ofOutput.set(found.subarray(start, start + gridPixels), (done + n) * gridPixels);
      });
    }
    onSlices?.(done + count);
  }
  return collected;
}

/** Voxels of the network's grid whose centre lies in a voxel of the scan that has a label. */
function gridVoxelsOf(
  label: number,
  { view, region: { box, firstSlice, grid } }: { readonly view: AxialView; readonly region: GridRegion },
  labels: Uint8Array,
): Uint8Array {
  const [width, height, slices] = grid.sizeVoxels;
  const nearest = nearestSourcePixels(box.sizePixels, [width, height]);
  const slice = new Uint8Array(box.sizePixels[0] * box.sizePixels[1]);
  const found = new Uint8Array(slices * width * height);
  const next = foregroundSearch(slice);
  for (let n = 0; n < slices; n++) {
    readBoxInto(view, labels, { k: firstSlice + n, box, padding: 0 }, slice);
    if (next(0, slice.length) === slice.length) continue;
    const into = found.subarray(n * width * height, (n + 1) * width * height);
    for (let p = 0; p < into.length; p++) into[p] = slice[nearest[p] as number] === label ? 1 : 0;
  }
  return found;
}

function unexpected(stage: string, outputs: readonly StageOutput[]): VoxwatchError {
  return new VoxwatchError(
    'INFERENCE_FAILED',
    `Stage ${stage} did not answer with ${outputs.length} probabilities for each pixel of its grid, as its manifest says.`,
  );
}
