/**
 * Trains one stage: steps, validations, history, best weights.
 * @module
 */
import type { Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Random } from '../../core/random.ts';
import type { Intensity } from '../../preprocess/intensity/intensity.ts';
import { type BatchSource, batchesHere } from '../data/batch-source.ts';
import type { SliceStore } from '../data/slice-store.ts';
import { Adam } from '../optimizer/adam.ts';
import type { StageRecipe, TrainingPhase } from '../recipe.ts';
import { COURSE_START, courseRate, hasNewBest, isToStop, observeCourse } from '../schedule/course.ts';
import { learningRateAt } from '../schedule/learning-rate.ts';
import { countSteps, endsEpoch, phaseStepAt } from '../schedule/phases.ts';
import { freezeLayers } from '../transfer/freeze-layers.ts';
import type { FreezeSpec } from '../transfer/transfer-spec.ts';
import { meanDice } from '../validation/metrics.ts';
import { type Validation, validate } from '../validation/validate.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type HistoryRecord, validationColumns } from './history.ts';
import { type Conservation, drawDropoutFrom, trainStep } from './train-step.ts';
import { WeightAverage, weightsOf, writeWeights } from './weight-average.ts';

export interface FitOptions {
  readonly model: LayersModel;
  readonly stage: StageRecipe;
  readonly intensity: Intensity;
  readonly train: SliceStore;
  readonly validation: SliceStore;
  /** Of batches, augmentation and dropout: the same stream and first weights give the same run. */
  readonly random: Random;
  /** Where the batches of this stage and its random stream are drawn; absent: here, between the steps. */
  readonly batches?: BatchSource;
  /** Layers that stand still in all phases, beside those of the recipe. */
  readonly freeze?: FreezeSpec;
  readonly conservation?: Conservation;
  /** Called with every row of the history. */
  readonly onRow: (row: HistoryRecord) => void;
  /** Called where the watched figure is the best so far, while the model holds the averaged weights. */
  readonly onBest: (row: HistoryRecord, validation: Validation) => Promise<void>;
  /** Called after each validation, and after {@link onBest} where it was the best. */
  readonly onValidated?: () => Promise<void>;
  /** Called after the last step, while the model holds the averaged weights. */
  readonly onEnd: () => Promise<void>;
  /** Where an earlier run of the same options stood: what follows is what that run would have done. */
  readonly resumeFrom?: Checkpoint;
  /** Called after each row of the history. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => Promise<void>;
}

/** Rows of the history are means over at most this many steps. */
const STEPS_PER_ROW = 10;

/** @throws {VoxwatchError} `TRAINING_FAILED` when the loss or a gradient is no longer a number. */
export async function fitStage(options: FitOptions): Promise<void> {
  const { model, stage, intensity, train, random, resumeFrom } = options;
  const slices = train.facts.length;
  const batches = options.batches ?? batchesHere({ stage, intensity, random: random.origin }, train);
  const variables = model.trainableWeights.map((weight) => weight.read() as Variable);
  let optimizer = new Adam(stage.optimizer);
  const average = await WeightAverage.of(model, stage.weightAverageDecay);
  if (resumeFrom) {
    writeWeights(model.weights, resumeFrom.weights);
    average.restore(resumeFrom.average);
    optimizer.restore(variables, resumeFrom.optimizer);
  }
  const total = countSteps(stage.phases, slices);
  let course = resumeFrom?.course ?? COURSE_START;
  const window = new RowWindow();
  for (let step = resumeFrom?.step ?? 0; step < total && !isToStop(stage.validation, course); ) {
    const place = phaseStepAt(stage.phases, slices, step);
    // A stream a step: a run that goes on needs no generator's state.
    const draws = random.fork(`step ${step}`);
    drawDropoutFrom(model, draws);
    const learningRate = courseRate(stage.validation, course, learningRateAt(place.phase.learningRate, place.step, place.steps));
    const { loss, freeze } = place.phase;
    // Of layers that have just thawed it would know nothing and count many steps: their first would be far too long.
    if (place.step === 0 && isThawing(stage.phases, place.index)) optimizer = new Adam(stage.optimizer);
    const { conservation } = options;
    const trained = { model, optimizer, ...(conservation ? { conservation } : {}) };
    const batch = await batches.batchOf(step);
    const frozen = [freeze, options.freeze].flatMap((spec) => (spec ? [freezeLayers(model, spec)] : []));
    try {
      window.add(await trainStep(trained, batch, { loss, learningRate, step }));
    } finally {
      // Only for the step: what is saved and averaged is the whole network, in its own order.
      for (const { thaw } of frozen.reverse()) thaw();
    }
    await average.update();
    step++;
    const isValidation = step === total || isDue(stage.validation.every, step, endsEpoch(place, slices));
    if (step % STEPS_PER_ROW !== 0 && !isValidation) continue;
    const row: HistoryRecord = { step, learningRate, ...window.means(), metrics: {} };
    if (isValidation) {
      await average.whileApplied(async () => {
        const validation = await validate(model, options.validation, { stage, intensity, loss: place.phase.loss });
        const full = { ...row, metrics: validationColumns(stage.validation, validation) };
        options.onRow(full);
        course = observeCourse(stage.validation, course, watchedFigure(stage, validation));
        if (hasNewBest(course)) await options.onBest(full, validation);
        await options.onValidated?.();
      });
    } else {
      options.onRow(row);
    }
    await options.onCheckpoint?.({
      step,
      course,
      weights: await weightsOf(model.weights),
      average: average.state(),
      optimizer: optimizer.state(variables),
    });
    window.restart();
  }
  await average.whileApplied(options.onEnd);
}

/** Steps since the last row. */
class RowWindow {
  private lossSum = 0;
  private steps = 0;
  private started = performance.now();

  add(loss: number): void {
    this.lossSum += loss;
    this.steps++;
  }

  means(): { readonly loss: number; readonly secondsPerStep: number } {
    return { loss: this.lossSum / this.steps, secondsPerStep: (performance.now() - this.started) / 1000 / this.steps };
  }

  restart(): void {
    [this.lossSum, this.steps, this.started] = [0, 0, performance.now()];
  }
}

/** Whether a phase trains other layers than the one before it. */
function isThawing(phases: readonly TrainingPhase[], index: number): boolean {
  return index > 0 && JSON.stringify(phases[index]?.freeze) !== JSON.stringify(phases[index - 1]?.freeze);
}

function isDue(every: number | 'epoch', step: number, isEpochsEnd: boolean): boolean {
  return every === 'epoch' ? isEpochsEnd : step % every === 0;
}

function watchedFigure({ validation }: StageRecipe, { loss, pooled }: Validation): number {
  return validation.watch === 'loss' ? loss : meanDice(pooled);
}
