/**
 * One stage in pixels over the slices of a volume: HU boxes → network → labels in the native label array.
 * @module
 */
import { type CropBox, cropAround, cropSize } from '../core/crop-box.ts';
import { VoxwatchError } from '../core/errors.ts';
import type { PixelStage, StageRegion } from '../core/model-manifest.ts';
import type { Volume } from '../core/volume.ts';
import { type AxialView, readBoxInto, wholeSlice, writeBoxInto } from '../preprocess/reorient.ts';
import type { InferenceSession } from './sessions/session.ts';

/** HU of what lies outside a slice: air. */
export const PADDING_HU = -1024;

/** Centroid of a stage's foreground in a slice, pixels of the view; undefined where there is none. */
export type Centroid = readonly [i: number, j: number] | undefined;

/** A box of one slice that a stage must look at. */
export interface SliceBox {
  /** Slice of the view. */
  readonly k: number;
  readonly box: CropBox;
}

/**
 * The boxes that a stage looks at, all of one size, ascending by slice.
 * @param centroidsOf - Centroids per slice of an earlier stage, by its name.
 */
export function stageBoxes(region: StageRegion, view: AxialView, centroidsOf: (stage: string) => readonly Centroid[]): SliceBox[] {
  const [width, height, slices] = view.sizeVoxels;
  if (region.kind === 'whole-slice') return Array.from({ length: slices }, (_, k) => ({ k, box: wholeSlice(view) }));
  const sizePixels = cropSize(region, [width, height]);
  return centroidsOf(region.ofStage).flatMap((centroid, k) => (centroid ? [{ k, box: cropAround(centroid, sizePixels) }] : []));
}

export interface RunStageOptions {
  readonly batchSlices: number;
  /** Called after each batch. */
  readonly onSlices?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs a stage on its boxes and writes its labels over what was there.
 * @param boxes - All of one size.
 * @param labelsInto - Native label array; written only inside the boxes.
 * @returns the centroid of the stage's own foreground per slice of the view.
 * @throws {VoxwatchError} `INFERENCE_FAILED`, `CANCELLED`.
 */
export async function runStage(
  { manifest, session }: { readonly manifest: PixelStage; readonly session: InferenceSession },
  { view, volume, boxes }: { readonly view: AxialView; readonly volume: Volume; readonly boxes: readonly SliceBox[] },
  labelsInto: Uint8Array,
  { batchSlices, onSlices, signal }: RunStageOptions,
): Promise<readonly Centroid[]> {
  const centroids = new Array<Centroid>(view.sizeVoxels[2]).fill(undefined);
  const [width, height] = boxes[0]?.box.sizePixels ?? [0, 0];
  const pixels = width * height;
  const labelOf = labelLookup(manifest.outputLabels);
  // The last batch is run at full size with stale slices at its end: a GPU's memory grows with each new shape.
  const hu = new Int16Array(batchSlices * pixels);
  for (let done = 0; done < boxes.length; done += batchSlices) {
    if (signal?.aborted) throw new VoxwatchError('CANCELLED', 'The segmentation was cancelled.');
    const batch = boxes.slice(done, done + batchSlices);
    batch.forEach(({ k, box }, n) =>
      readBoxInto(view, volume.hu, { k, box, padding: PADDING_HU }, hu.subarray(n * pixels, (n + 1) * pixels)),
    );
    const output = await session.run(hu, { slices: batchSlices, height, width });
    batch.forEach(({ k, box }, n) => {
      const labels = output.subarray(n * pixels, (n + 1) * pixels);
      mapLabelsInPlace(labels, labelOf, manifest.name);
      centroids[k] = foregroundCentroid(labels, box, view);
      writeBoxInto(view, labels, { k, box }, labelsInto);
    });
    onSlices?.(done + batch.length);
  }
  return centroids;
}

/** Marks output values that the manifest does not name. */
const UNNAMED = -1;

function labelLookup(outputLabels: readonly number[]): Int16Array {
  const lookup = new Int16Array(256).fill(UNNAMED);
  lookup.set(outputLabels);
  return lookup;
}

function mapLabelsInPlace(labels: Uint8Array, labelOf: Int16Array, stage: string): void {
  for (let p = 0; p < labels.length; p++) {
    const label = labelOf[labels[p] as number] as number;
    if (label === UNNAMED) {
      throw new VoxwatchError('INFERENCE_FAILED', `Stage ${stage} gave output ${labels[p]}, which its manifest does not name.`);
    }
    labels[p] = label;
  }
}

/** Centroid of the pixels ≠ 0 that lie inside the slice. */
function foregroundCentroid(labels: Uint8Array, { start, sizePixels: [width, height] }: CropBox, view: AxialView): Centroid {
  let [count, sumI, sumJ] = [0, 0, 0];
  for (let row = 0, p = 0; row < height; row++) {
    const j = start[1] + row;
    const isRowInside = j >= 0 && j < view.sizeVoxels[1];
    for (let column = 0; column < width; column++, p++) {
      const i = start[0] + column;
      if (labels[p] === 0 || !isRowInside || i < 0 || i >= view.sizeVoxels[0]) continue;
      count++;
      sumI += i;
      sumJ += j;
    }
  }
  return count === 0 ? undefined : [sumI / count, sumJ / count];
}
