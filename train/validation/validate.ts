/**
 * A network on validation slices → its loss and metrics, pooled and per case.
 * @module
 */
import { dispose, type Tensor4D, tensor3d, tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Intensity } from '../../preprocess/intensity/intensity.ts';
import { groupSlices, plainBatch } from '../data/sample-batch.ts';
import type { SliceStore } from '../data/slice-store.ts';
import type { LossSpec } from '../losses/loss-spec.ts';
import { segmentationLoss } from '../losses/segmentation-loss.ts';
import { predictClasses } from '../networks/predict-classes.ts';
import { classCount, type StageRecipe } from '../recipe.ts';
import { CaseMetrics, type SegmentationMetrics } from './metrics.ts';

export interface Validation {
  /** Mean over the slices. */
  readonly loss: number;
  readonly pooled: SegmentationMetrics;
  /** By case, over those of its slices that were looked at. */
  readonly cases: ReadonlyMap<string, SegmentationMetrics>;
}

/** Slices at a time: small, since memory is the training's. */
const BATCH = 4;

/** @param loss - Of the phase that is trained. */
export async function validate(
  model: LayersModel,
  store: SliceStore,
  { stage, intensity, loss }: { readonly stage: StageRecipe; readonly intensity: Intensity; readonly loss: LossSpec },
): Promise<Validation> {
  const indices = validationSlices(store, stage);
  const metrics = new CaseMetrics(classCount(stage));
  let lossSum = 0;
  for (let n = 0; n < indices.length; n += BATCH) {
    const slices = indices.slice(n, n + BATCH);
    const { input, classes, shape, channels } = plainBatch(store, slices, stage, intensity);
    const [found, value] = tidy(() => {
      const logits = model.apply(tensor4d(input, [...shape, channels]), { training: false }) as Tensor4D;
      return [predictClasses(logits), segmentationLoss(logits, tensor3d(classes, [...shape], 'int32'), loss)] as const;
    });
    const predicted = (await found.data()) as Int32Array;
    lossSum += ((await value.data())[0] as number) * slices.length;
    dispose([found, value]);
    const pixels = shape[1] * shape[2];
    slices.forEach((index, slot) => {
      const [from, to] = [slot * pixels, (slot + 1) * pixels];
      metrics.add(store.facts[index]?.case as string, predicted.subarray(from, to), classes.subarray(from, to));
    });
  }
  return { loss: lossSum / indices.length, pooled: metrics.pooled(), cases: metrics.perCase() };
}

/** The same slices at each validation: as many of each kind, evenly over the cases. */
function validationSlices(store: SliceStore, stage: StageRecipe): readonly number[] {
  const groups = groupSlices(store.facts, stage);
  const perGroup = Math.ceil(stage.validation.slices / groups.length);
  return groups.flatMap((group) => spread(group, perGroup));
}

function spread(values: readonly number[], count: number): number[] {
  const n = Math.min(count, values.length);
  return Array.from({ length: n }, (_, index) => values[Math.floor(((index + 0.5) * values.length) / n)] as number);
}
