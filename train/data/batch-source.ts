/**
 * The batches of a run by the number of their step: each is drawn from a stream of its own, so that it does not matter who
 * draws it, when, or after which others.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { createRandom, type RandomOrigin } from '../../core/random.ts';
import type { FeatureWiseStatistics } from '../../preprocess/feature-wise.ts';
import { checkAugmentation } from '../augmentation/check-augmentation.ts';
import type { StageRecipe, TrainingPhase } from '../recipe.ts';
import { type Batch, groupSlicesByCase, type SliceSource, sampleBatch } from './sample-batch.ts';

/** All that the batches of a run depend on but the slices. Plain data: it can be sent to a thread. */
export interface BatchPlan {
  readonly stage: StageRecipe;
  readonly phases: readonly TrainingPhase[];
  readonly statistics: FeatureWiseStatistics;
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
  const { stage, phases, statistics } = plan;
  checkAugmentation(stage.augmentation);
  const groups = groupSlicesByCase(slices.facts, stage);
  const random = createRandom(plan.random.seed, plan.random.stream);
  return (step) => sampleBatch(random.fork(`step ${step}`), slices, groups, stage, phaseOf(phases, step), statistics);
}

export function countSteps(phases: readonly TrainingPhase[]): number {
  return phases.reduce((sum, phase) => sum + phase.steps, 0);
}

function phaseOf(phases: readonly TrainingPhase[], step: number): TrainingPhase {
  let end = 0;
  for (const phase of phases) {
    end += phase.steps;
    if (step < end) return phase;
  }
  throw new VoxwatchError('INVALID_ARGUMENT', `A run of ${end} steps has no batch for step ${step}.`, { step, steps: end });
}
