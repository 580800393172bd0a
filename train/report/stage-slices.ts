/**
 * A stage's validation slices and its network → slices and a predictor to make pictures with.
 * @module
 */
import { type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Intensity } from '../../preprocess/intensity/intensity.ts';
import { takeSample } from '../augmentation/take-sample.ts';
import { plainBatch, plainGrid } from '../data/sample-batch.ts';
import type { SliceFacts, SliceStore } from '../data/slice-store.ts';
import { predictClasses } from '../networks/predict-classes.ts';
import type { StageRecipe } from '../recipe.ts';
import type { ExampleSource } from './choose-slices.ts';
import { greyPicture } from './grey-picture.ts';

/** Slices on the grid of the stage, cropped as it crops them, grey through the HU that it sees. */
export function stageSlices(store: SliceStore, stage: StageRecipe): ExampleSource {
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
        case: (store.facts[index] as SliceFacts).case,
        sizePixels: stage.gridPixels,
        input: greyPicture(hu.subarray(0, labels.length), stage.intensity),
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
  intensity: Intensity,
): (index: number) => Promise<Uint8Array> {
  return async (index) => {
    const { input, shape, channels } = plainBatch(store, [index], stage, intensity);
    const classes = tidy(() => predictClasses(model.apply(tensor4d(input, [...shape, channels]), { training: false }) as Tensor4D));
    const values = await classes.data();
    classes.dispose();
    return Uint8Array.from(values, (value) => stage.outputLabels[value] as number);
  };
}

/** Slices of a case lie one after the other. Cases are numbered: their names may be those of patients. */
function titleOf(facts: readonly SliceFacts[], index: number): string {
  const { case: name } = facts[index] as SliceFacts;
  const first = facts.findIndex((slice) => slice.case === name);
  const count = facts.filter((slice) => slice.case === name).length;
  const number = new Set(facts.slice(0, index + 1).map((slice) => slice.case)).size;
  return `case ${number}, slice ${index - first + 1} of ${count}`;
}
