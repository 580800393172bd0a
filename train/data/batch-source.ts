/**
 * The batches of a run by the number of their step: each is drawn from a stream of its own, so that it does not matter who
 * draws it, when, or after which others.
 * @module
 */
import { createRandom, type Random, type RandomOrigin, shuffled } from '../../core/random.ts';
import type { Intensity } from '../../preprocess/intensity/intensity.ts';
import { checkAugmentation } from '../augmentation/check-augmentation.ts';
import type { EpochPhase, StageRecipe } from '../recipe.ts';
import { phaseStepAt, stepsPerEpoch } from '../schedule/phases.ts';
import { augmentedBatch, type Batch, drawSlices, groupSlicesByCase, type SliceSource } from './sample-batch.ts';

/** All that the batches of a run depend on but the slices. Plain data: it can be sent to a thread. */
export interface BatchPlan {
  readonly stage: StageRecipe;
  readonly intensity: Intensity;
  /** Of the run: the batch of step n is drawn from its fork `step n`. */
  readonly random: RandomOrigin;
}

export interface BatchSource {
  /** @param step - From 0; a run asks for one after the other, but may begin anywhere. */
  batchOf(step: number): Promise<Batch>;
}

/** Draws a batch where and when it is asked for. @throws {VoxwatchError} `USAGE` for an augmentation that cannot be applied. */
export function batchesHere(plan: BatchPlan, slices: SliceSource): BatchSource {
  const draw = batchDrawer(plan, slices);
  return { batchOf: async (step) => draw(step) };
}

/** @throws {VoxwatchError} `USAGE` for an augmentation that cannot be applied. */
export function batchDrawer(plan: BatchPlan, slices: SliceSource): (step: number) => Batch {
  const { stage, intensity } = plan;
  checkAugmentation(stage.augmentation);
  const groups = groupSlicesByCase(slices.facts, stage);
  const random = createRandom(plan.random.seed, plan.random.stream);
  const epochSlices = epochDrawer(random, slices.facts.length);
  return (step) => {
    const draws = random.fork(`step ${step}`);
    const { phase, index, step: own } = phaseStepAt(stage.phases, slices.facts.length, step);
    const indices = phase.kind === 'sampled' ? drawSlices(draws, groups, phase) : epochSlices(phase, index, own);
    return augmentedBatch(draws, slices, indices, { stage, phase, intensity });
  };
}

/** Slices of a step in phases of epochs. The order of an epoch is drawn once, and anew where another epoch is asked for. */
function epochDrawer(random: Random, slices: number): (phase: EpochPhase, index: number, step: number) => readonly number[] {
  const all = Array.from({ length: slices }, (_, index) => index);
  let drawn: { readonly name: string; readonly order: readonly number[] } | undefined;
  return (phase, index, step) => {
    const steps = stepsPerEpoch(phase, slices);
    const name = `phase ${index}, epoch ${Math.floor(step / steps)}`;
    if (drawn?.name !== name) drawn = { name, order: shuffled(random.fork(name), all) };
    const first = (step % steps) * phase.batchSize;
    return drawn.order.slice(first, first + phase.batchSize);
  };
}
