/**
 * The learning-rate range test on a stage: its first phase from its first weights, for as many steps as the sweep has.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { createRandom } from '../../core/random.ts';
import { batchesHere } from '../data/batch-source.ts';
import type { SliceStore } from '../data/slice-store.ts';
import { Adam } from '../optimizer/adam.ts';
import type { StageRecipe, TrainingPhase } from '../recipe.ts';
import { findLearningRate, type RateSearch, type RateSweep } from '../schedule/learning-rate-finder.ts';
import { stepsPerEpoch } from '../schedule/phases.ts';
import { stageIntensity } from '../stage-intensity.ts';
import { freezeLayers } from '../transfer/freeze-layers.ts';
import { firstModel } from './first-model.ts';
import type { TrainOptions } from './train-options.ts';
import { drawDropoutFrom, trainStep } from './train-step.ts';

/** @throws {VoxwatchError} as `firstModel` and `findLearningRate`. */
export async function searchLearningRate(
  stage: StageRecipe,
  train: SliceStore,
  { options, sweep }: { readonly options: TrainOptions; readonly sweep: RateSweep },
): Promise<RateSearch> {
  const intensity = await stageIntensity(stage, train, options);
  const { model } = await firstModel(stage, intensity, options);
  const phase = lengthened(stage.phases[0] as TrainingPhase, sweep.steps, train.facts.length);
  const random = createRandom(options.seed, `learning rate of ${stage.name}`);
  const batches = batchesHere({ stage: { ...stage, phases: [phase] }, intensity, random: random.origin }, train);
  const trained = { model, optimizer: new Adam(stage.optimizer) };
  if (phase.freeze) freezeLayers(model, phase.freeze);
  let step = 0;
  try {
    return await findLearningRate(sweep, async (learningRate) => {
      const started = performance.now();
      drawDropoutFrom(model, random.fork(`step ${step}`));
      const batch = await batches.batchOf(step);
      try {
        const loss = await trainStep(trained, batch, { loss: phase.loss, learningRate, step: step++ });
        const secondsPerStep = (performance.now() - started) / 1000;
        options.onProgress({
          kind: 'row',
          stage: stage.name,
          total: sweep.steps,
          step,
          loss,
          learningRate,
          secondsPerStep,
          metrics: {},
        });
        return loss;
      } catch (thrown) {
        // What ends a run is what a sweep looks for.
        if (thrown instanceof VoxwatchError && thrown.code === 'TRAINING_FAILED') return Number.NaN;
        throw thrown;
      }
    });
  } finally {
    model.dispose();
  }
}

/** A phase that lasts for at least so many steps. */
function lengthened(phase: TrainingPhase, steps: number, slices: number): TrainingPhase {
  return phase.kind === 'sampled' ? { ...phase, steps } : { ...phase, epochs: Math.ceil(steps / stepsPerEpoch(phase, slices)) };
}
