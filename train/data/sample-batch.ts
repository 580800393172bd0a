/**
 * Draws training batches for a stage: which slices, which place in them, augmented and normalised.
 * @module
 */

import { cropAround, cropSize } from '../../core/crop-box.ts';
import type { Random } from '../../core/random.ts';
import { channelsOf, type Intensity } from '../../preprocess/intensity/intensity.ts';
import { networkInput } from '../../preprocess/intensity/network-input.ts';
import { augmentedSample } from '../augmentation/augmented-sample.ts';
import type { Sample } from '../augmentation/sample.ts';
import { resizedMap, type SampleMap, sampleMap, windowMap } from '../augmentation/sample-map.ts';
import { takeSample } from '../augmentation/take-sample.ts';
import type { SampledPhase, StageRecipe, TrainingPhase } from '../recipe.ts';
import type { SliceFacts, SliceStore } from './slice-store.ts';

/** What batches are drawn from. */
export type SliceSource = Pick<SliceStore, 'sizePixels' | 'facts' | 'read'>;

export interface Batch {
  /** Network input [N, h, w, C], flattened. */
  readonly input: Float32Array;
  /** Classes [N, h, w], flattened. */
  readonly classes: Int32Array;
  /** [N, h, w]. */
  readonly shape: readonly [number, number, number];
  /** C. */
  readonly channels: number;
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

/**
 * Slices of a batch, drawn by what they show.
 * @param groups - Slices by what they show, as {@link groupSlicesByCase} gives them; one that is empty is not drawn from.
 */
export function drawSlices(
  random: Random,
  groups: readonly SlicesByCase[],
  { batchSize, sliceShares }: Pick<SampledPhase, 'batchSize' | 'sliceShares'>,
): number[] {
  const shares = groups.map((group, label) => (group.length === 0 ? 0 : (sliceShares[label] as number)));
  return Array.from({ length: batchSize }, () => random.pick(random.pick(random.pick(groups, shares))));
}

/** A batch of these slices, each augmented and with its window at a random place. */
export function augmentedBatch(
  random: Random,
  store: SliceSource,
  indices: readonly number[],
  { stage, phase, intensity }: { readonly stage: StageRecipe; readonly phase: TrainingPhase; readonly intensity: Intensity },
): Batch {
  const { augmentation, gridPixels } = stage;
  const size = phase.windowPixels ?? gridPixels;
  const samples = indices.map((index, n) => {
    const gridMap = augmentedGrid(random, store, index, stage);
    const left = random.integer(0, gridPixels[0] - size[0]);
    const top = random.integer(0, gridPixels[1] - size[1]);
    const draw = { augmentation, map: windowMap(gridMap, left, top), random: random.fork(`sample ${n}`), size };
    return { left, top, take: () => augmentedSample(store.read(index), store.sizePixels, draw) };
  });
  return assemble(samples, stage, size, intensity);
}

/** Slices as they are, whole grids: for validation. Crops stand round the truth's centroid. */
export function plainBatch(store: SliceSource, indices: readonly number[], stage: StageRecipe, intensity: Intensity): Batch {
  const size = stage.gridPixels;
  const take = (index: number) => takeSample(store.read(index), store.sizePixels, { map: plainGrid(store, index, stage) }, size);
  const samples = indices.map((index) => ({ left: 0, top: 0, take: () => take(index) }));
  return assemble(samples, stage, size, intensity);
}

/** Where the stage's grid lies in a slice without augmentation. */
export function plainGrid(store: SliceSource, index: number, stage: StageRecipe): SampleMap {
  const { sizePixels } = store;
  if (stage.region.kind === 'whole-slice') return resizedMap({ start: [0, 0], sizePixels }, stage.gridPixels);
  const centre = (store.facts[index] as SliceFacts).centroid ?? middle(sizePixels);
  return resizedMap(cropAround(centre, cropSize(stage.region, sizePixels)), stage.gridPixels);
}

/** Where the stage’s grid lies in a slice under the affine moves of its augmentation, and where a crop strays to. */
export function augmentedGrid(random: Random, store: SliceSource, index: number, stage: StageRecipe): SampleMap {
  const anchor = middle(stage.gridPixels);
  if (stage.region.kind === 'whole-slice') {
    const scale = [store.sizePixels[0] / stage.gridPixels[0], store.sizePixels[1] / stage.gridPixels[1]] as const;
    return sampleMap(random, stage.augmentation, { centre: middle(store.sizePixels), anchor, scale });
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
  intensity: Intensity,
): Batch {
  const [width, height] = window;
  const pixels = width * height;
  const channels = channelsOf(intensity);
  const input = new Float32Array(samples.length * pixels * channels);
  const classes = new Int32Array(samples.length * pixels);
  samples.forEach(({ left, top, take }, n) => {
    const { hu, labels } = take();
    // What depends on the place belongs to the stage's grid, so a window takes its own part of it.
    input.set(networkInput(hu, intensity, { left, top, sizePixels: window }), n * pixels * channels);
    for (let p = 0; p < pixels; p++) classes[n * pixels + p] = stage.classes[labels[p] as number] as number;
  });
  return { input, classes, shape: [samples.length, height, width], channels };
}
