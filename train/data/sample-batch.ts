/**
 * Draws training batches for a stage: which slices, which place in them, augmented and normalised.
 * @module
 */

import { cropAround, cropSize } from '../../core/crop-box.ts';
import type { Random } from '../../core/random.ts';
import type { FeatureWiseStatistics } from '../../preprocess/feature-wise.ts';
import { plainMap, resizedMap, type SampleMap, sampleMap, takeSample } from '../augment.ts';
import type { StageRecipe, TrainingPhase } from '../recipe.ts';
import type { SliceFacts, SliceStore } from './slice-store.ts';

export interface Batch {
  /** Network input [N, h, w, 1], flattened. */
  readonly input: Float32Array;
  /** Classes [N, h, w], flattened. */
  readonly classes: Int32Array;
  /** [N, h, w]. */
  readonly shape: readonly [number, number, number];
}

/** Slices by what they show: group n holds those whose highest truth label is n, whatever class a stage makes of it. */
export function groupSlices(facts: readonly SliceFacts[], stage: StageRecipe): number[][] {
  const groups = stage.classes.map((): number[] => []);
  facts.forEach(({ labelPixels }, index) => {
    const highest = labelPixels.reduce((max, pixels, label) => (pixels > 0 && label < groups.length ? label : max), 0);
    groups[highest]?.push(index);
  });
  return groups;
}

/** A random batch of a phase. */
export function sampleBatch(
  random: Random,
  store: SliceStore,
  groups: readonly (readonly number[])[],
  stage: StageRecipe,
  phase: TrainingPhase,
  statistics: FeatureWiseStatistics,
): Batch {
  const filled = groups.map((group, index) => ({ group, share: group.length === 0 ? 0 : (phase.sliceShares[index] as number) }));
  const indices = Array.from({ length: phase.batchSize }, () =>
    random.pick(
      random.pick(
        filled.map((entry) => entry.group),
        filled.map((entry) => entry.share),
      ),
    ),
  );
  const samples = indices.map((index) => {
    const gridMap = augmentedGrid(random, store, index, stage);
    const left = random.integer(0, stage.gridPixels[0] - phase.windowPixels[0]);
    const top = random.integer(0, stage.gridPixels[1] - phase.windowPixels[1]);
    return { index, map: shiftMap(gridMap, left, top), left, top };
  });
  return assemble(store, samples, stage, phase.windowPixels, statistics);
}

/** Slices as they are, whole grids: for validation. Crops stand round the truth's centroid. */
export function plainBatch(
  store: SliceStore,
  indices: readonly number[],
  stage: StageRecipe,
  statistics: FeatureWiseStatistics,
): Batch {
  const samples = indices.map((index) => ({ index, map: plainGrid(store, index, stage), left: 0, top: 0 }));
  return assemble(store, samples, stage, stage.gridPixels, statistics);
}

/** Where the stage's grid lies in a slice without augmentation. */
export function plainGrid(store: SliceStore, index: number, stage: StageRecipe): SampleMap {
  if (stage.region.kind === 'whole-slice') return plainMap(0, 0);
  const centre = (store.facts[index] as SliceFacts).centroid ?? middle(store.sizePixels);
  return resizedMap(cropAround(centre, cropSize(stage.region, store.sizePixels)), stage.gridPixels);
}

function augmentedGrid(random: Random, store: SliceStore, index: number, stage: StageRecipe): SampleMap {
  const anchor = middle(stage.gridPixels);
  if (stage.region.kind === 'whole-slice') return sampleMap(random, stage.augmentation, middle(store.sizePixels), anchor);
  const { centroid } = store.facts[index] as SliceFacts;
  // Without foreground the crop stands anywhere in the body: what a false alarm of the first stage would show.
  const centre = centroid ?? [store.sizePixels[0] * random.uniform(0.25, 0.75), store.sizePixels[1] * random.uniform(0.3, 0.7)];
  const strayed = [random.normal(centre[0], stage.cropJitterPixels), random.normal(centre[1], stage.cropJitterPixels)] as const;
  const crop = cropSize(stage.region, store.sizePixels);
  const scale = [crop[0] / stage.gridPixels[0], crop[1] / stage.gridPixels[1]] as const;
  return sampleMap(random, stage.augmentation, strayed, anchor, scale);
}

/** Between the outermost pixel centres, so that a flip puts the last column where the first was. */
function middle([width, height]: readonly [number, number]): readonly [number, number] {
  return [(width - 1) / 2, (height - 1) / 2];
}

function shiftMap([a, b, c, d, e, f]: SampleMap, left: number, top: number): SampleMap {
  return [a, b, c + a * left + b * top, d, e, f + d * left + e * top];
}

function assemble(
  store: SliceStore,
  samples: readonly { readonly index: number; readonly map: SampleMap; readonly left: number; readonly top: number }[],
  stage: StageRecipe,
  window: readonly [number, number],
  { sizePixels, mean, standardDeviation, clampHu }: FeatureWiseStatistics,
): Batch {
  const [width, height] = window;
  const input = new Float32Array(samples.length * width * height);
  const classes = new Int32Array(input.length);
  samples.forEach(({ index, map, left, top }, n) => {
    const { hu, labels } = takeSample(store.read(index), store.sizePixels, map, window);
    for (let v = 0, p = 0; v < height; v++) {
      // The statistics belong to places on the stage's grid, so a window takes its own part of them.
      let q = (v + top) * sizePixels[0] + left;
      for (let u = 0; u < width; u++, p++, q++) {
        const value = Math.min(clampHu[1], Math.max(clampHu[0], hu[p] as number));
        // Rounded to float32 between the operations, as preprocess/feature-wise.ts and the exported graph do.
        input[n * width * height + p] = Math.fround(value - (mean[q] as number)) / (standardDeviation[q] as number);
        classes[n * width * height + p] = stage.classes[labels[p] as number] as number;
      }
    }
  });
  return { input, classes, shape: [samples.length, height, width] };
}
