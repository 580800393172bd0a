/**
 * A stage's validation slices and its network → slices and a predictor to make pictures with.
 * @module
 */
import { argMax, type Tensor3D, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { FeatureWiseStatistics } from '../../preprocess/feature-wise.ts';
import { takeSample } from '../augmentation/take-sample.ts';
import { plainBatch, plainGrid } from '../data/sample-batch.ts';
import type { SliceFacts, SliceStore } from '../data/slice-store.ts';
import type { StageRecipe } from '../recipe.ts';
import type { ExampleSource } from './choose-slices.ts';

/** Slices on the grid of the stage, cropped as it crops them, grey through the HU that it sees. */
export function stageSlices(store: SliceStore, stage: StageRecipe): ExampleSource {
  const [low, high] = stage.clampHu;
  const labelOf = (label: number): number => stage.outputLabels[stage.classes[label] as number] as number;
  return {
    count: store.facts.length,
    hasForeground: (index) =>
      (store.facts[index] as SliceFacts).labelPixels.some(
        (pixels, label) => pixels > 0 && label < stage.classes.length && labelOf(label) > 0,
      ),
    read: (index) => {
      const { hu, labels } = takeSample(
        store.read(index),
        store.sizePixels,
        { map: plainGrid(store, index, stage) },
        stage.gridPixels,
      );
      return {
        title: titleOf(store.facts, index),
        sizePixels: stage.gridPixels,
        input: Uint8Array.from(hu, (value) => Math.round((255 * (Math.min(high, Math.max(low, value)) - low)) / (high - low))),
        truth: labels.map(labelOf),
      };
    },
  };
}

/** Predicts a slice with the weights that the model holds; the labels are those of the bundle. */
export function stagePredictor(
  model: LayersModel,
  store: SliceStore,
  stage: StageRecipe,
  statistics: FeatureWiseStatistics,
): (index: number) => Uint8Array {
  return (index) => {
    const { input, shape } = plainBatch(store, [index], stage, statistics);
    const classes = tidy(() => {
      const logits = model.apply(tensor4d(input, [...shape, 1]), { training: false }) as Tensor4D;
      return (argMax(logits, 3) as Tensor3D).dataSync();
    });
    return Uint8Array.from(classes, (value) => stage.outputLabels[value] as number);
  };
}

/** Slices of a case lie one after the other. */
function titleOf(facts: readonly SliceFacts[], index: number): string {
  const { case: name } = facts[index] as SliceFacts;
  const first = facts.findIndex((slice) => slice.case === name);
  const count = facts.filter((slice) => slice.case === name).length;
  return `${name}, slice ${index - first + 1} of ${count}`;
}
