/**
 * Draws training batches for a stage: which slices, which place in them, augmented and normalised.
 * @module
 */

import { cropAround, cropSize } from '../../core/crop-box.ts';
import type { Random } from '../../core/random.ts';
import type { FeatureWiseStatistics } from '../../preprocess/feature-wise.ts';
import { augmentedSample } from '../augmentation/augmented-sample.ts';
import { plainMap, resizedMap, type SampleMap, sampleMap, windowMap } from '../augmentation/sample-map.ts';
import { type Sample, takeSample } from '../augmentation/take-sample.ts';
import type { StageRecipe, TrainingPhase } from '../recipe.ts';
import type { SliceFacts, SliceStore } from './slice-store.ts';

/** What batches are drawn from. */
export type SliceSource = Pick<SliceStore, 'sizePixels' | 'facts' | 'read'>;

export interface Batch {
  /** Network input [N, h, w, 1], flattened. */
  readonly input: Float32Array;
  /** Classes [N, h, w], flattened. */
  readonly classes: Int32Array;
  /** [N, h, w]. */
  readonly shape: readonly [number, number, number];
}

/** Indices of slices, case by case. */
export type SlicesByCase = readonly (readonly number[])[];

/** Slices by what they show: group n holds those whose highest truth label is n, whatever class a stage makes of it. */
export function groupSlices(facts: readonly SliceFacts[], stage: StageRecipe): number[][] {
  const groups = stage.classes.map((): number[] => []);
  facts.forEach(({ labelPixels }, index) => {
    const highest = labelPixels.reduce((max, pixels, label) => (pixels > 0 && label < groups.length ? label : max), 0);
    groups[highest]?.push(index);
  });
  return groups;
}

/**
 * {@link groupSlices}, and in each group the slices case by case: a batch draws the case first, so that a lesion of two
 * slices is seen as often as one of ten.
 */
export function groupSlicesByCase(facts: readonly SliceFacts[], stage: StageRecipe): SlicesByCase[] {
  return groupSlices(facts, stage).map((group) => {
    const cases = new Map<string, number[]>();
    for (const index of group) {
      const { case: name } = facts[index] as SliceFacts;
      const slices = cases.get(name);
      if (slices) slices.push(index);
      else cases.set(name, [index]);
    }
    return [...cases.values()];
  });
}

/** A random batch of a phase. */
export function sampleBatch(
  random: Random,
  store: SliceSource,
  groups: readonly SlicesByCase[],
  stage: StageRecipe,
  phase: TrainingPhase,
  statistics: FeatureWiseStatistics,
): Batch {
  const filled = groups.map((group, index) => ({ group, share: group.length === 0 ? 0 : (phase.sliceShares[index] as number) }));
  const shares = filled.map(({ share }) => share);
  const indices = Array.from({ length: phase.batchSize }, () => random.pick(random.pick(random.pick(filled, shares).group)));
  const { augmentation } = stage;
  const size = phase.windowPixels;
  const samples = indices.map((index, n) => {
    const gridMap = augmentedGrid(random, store, index, stage);
    const left = random.integer(0, stage.gridPixels[0] - size[0]);
    const top = random.integer(0, stage.gridPixels[1] - size[1]);
    const draw = { augmentation, map: windowMap(gridMap, left, top), random: random.fork(`sample ${n}`), size };
    return { left, top, take: () => augmentedSample(store.read(index), store.sizePixels, draw) };
  });
  return assemble(samples, stage, size, statistics);
}

/** Slices as they are, whole grids: for validation. Crops stand round the truth's centroid. */
export function plainBatch(
  store: SliceSource,
  indices: readonly number[],
  stage: StageRecipe,
  statistics: FeatureWiseStatistics,
): Batch {
  const size = stage.gridPixels;
  const take = (index: number) => takeSample(store.read(index), store.sizePixels, { map: plainGrid(store, index, stage) }, size);
  const samples = indices.map((index) => ({ left: 0, top: 0, take: () => take(index) }));
  return assemble(samples, stage, size, statistics);
}

/** Where the stage's grid lies in a slice without augmentation. */
export function plainGrid(store: SliceSource, index: number, stage: StageRecipe): SampleMap {
  if (stage.region.kind === 'whole-slice') return plainMap(0, 0);
  const centre = (store.facts[index] as SliceFacts).centroid ?? middle(store.sizePixels);
  return resizedMap(cropAround(centre, cropSize(stage.region, store.sizePixels)), stage.gridPixels);
}

/** Where the stage’s grid lies in a slice under the affine moves of its augmentation, and where a crop strays to. */
export function augmentedGrid(random: Random, store: SliceSource, index: number, stage: StageRecipe): SampleMap {
  const anchor = middle(stage.gridPixels);
  if (stage.region.kind === 'whole-slice') {
    return sampleMap(random, stage.augmentation, { centre: middle(store.sizePixels), anchor, scale: [1, 1] });
  }
  const { centroid } = store.facts[index] as SliceFacts;
  // Without foreground the crop stands anywhere in the body: what a false alarm of the first stage would show.
  const centre = centroid ?? [store.sizePixels[0] * random.uniform(0.25, 0.75), store.sizePixels[1] * random.uniform(0.3, 0.7)];
  const strayed = [random.normal(centre[0], stage.cropJitterPixels), random.normal(centre[1], stage.cropJitterPixels)] as const;
  const crop = cropSize(stage.region, store.sizePixels);
  const scale = [crop[0] / stage.gridPixels[0], crop[1] / stage.gridPixels[1]] as const;
  return sampleMap(random, stage.augmentation, { centre: strayed, anchor, scale });
}

/** Between the outermost pixel centres, so that a flip puts the last column where the first was. */
function middle([width, height]: readonly [number, number]): readonly [number, number] {
  return [(width - 1) / 2, (height - 1) / 2];
}

/** Where a sample's window lies in the stage's grid, and what takes it out of its slice. */
interface WindowedSample {
  readonly left: number;
  readonly top: number;
  readonly take: () => Sample;
}

function assemble(
  samples: readonly WindowedSample[],
  stage: StageRecipe,
  window: readonly [number, number],
  { sizePixels, mean, standardDeviation, clampHu }: FeatureWiseStatistics,
): Batch {
  const [width, height] = window;
  const input = new Float32Array(samples.length * width * height);
  const classes = new Int32Array(input.length);
  samples.forEach(({ left, top, take }, n) => {
    const { hu, labels } = take();
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
