/**
 * Trains one stage: steps, validation, history, best weights.
 * @module
 */
import {
  argMax,
  type Scalar,
  type Tensor3D,
  type Tensor4D,
  tensor3d,
  tensor4d,
  tidy,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../core/errors.ts';
import { countOverlap, diceScore, emptyCounts } from '../core/overlap.ts';
import type { Random } from '../core/random.ts';
import type { FeatureWiseStatistics } from '../preprocess/feature-wise.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type BatchSource, batchesHere } from './data/batch-source.ts';
import { type Batch, groupSlices, plainBatch } from './data/sample-batch.ts';
import type { SliceStore } from './data/slice-store.ts';
import { DropoutLayer } from './layers/dropout-layer.ts';
import { segmentationLoss } from './losses/segmentation-loss.ts';
import { Adam } from './optimizer/adam.ts';
import type { StageRecipe, TrainingPhase } from './recipe.ts';
import { learningRateAt } from './schedule/learning-rate.ts';
import { WeightAverage, weightsOf, writeWeights } from './weight-average.ts';

/** One line of the history; validation figures only where it was run. */
export interface HistoryRow {
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly secondsPerStep: number;
  /** Pooled over the validation slices, one a foreground class. */
  readonly validationDice?: readonly number[];
}

export interface FitOptions {
  readonly model: LayersModel;
  readonly stage: StageRecipe;
  readonly phases: readonly TrainingPhase[];
  readonly statistics: FeatureWiseStatistics;
  readonly train: SliceStore;
  readonly validation: SliceStore;
  /** Of batches, augmentation and dropout: the same stream and first weights give the same run. */
  readonly random: Random;
  /** Where the batches of this stage, its phases and its random stream are drawn; absent: here, between the steps. */
  readonly batches?: BatchSource;
  /** Called with every row of the history. */
  readonly onRow: (row: HistoryRow) => void;
  /** Called where the mean validation Dice is the best so far, while the model holds the averaged weights. */
  readonly onBest: (row: HistoryRow) => Promise<void>;
  /** Called after the last step, while the model holds the averaged weights. */
  readonly onEnd: () => Promise<void>;
  /** Where an earlier run of the same options stood: what follows is what that run would have done. */
  readonly resumeFrom?: Checkpoint;
  /** Called after each row of the history. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => Promise<void>;
}

/** Rows of the history are means over this many steps. */
const STEPS_PER_ROW = 10;
const STEPS_PER_VALIDATION = 200;
const VALIDATION_SLICES = 64;
const VALIDATION_BATCH = 4;

/** @throws {VoxwatchError} `TRAINING_FAILED` when the loss is no longer a number. */
export async function fitStage(options: FitOptions): Promise<void> {
  const { model, stage, phases, statistics, train, random } = options;
  const batches = options.batches ?? batchesHere({ stage, phases, statistics, random: random.origin }, train);
  const variables = model.trainableWeights.map((weight) => weight.read() as Variable);
  const optimizer = new Adam();
  const average = new WeightAverage(model, stage.weightAverageDecay);
  const { resumeFrom } = options;
  if (resumeFrom) {
    writeWeights(model.weights, resumeFrom.weights);
    average.restore(resumeFrom.average);
    optimizer.restore(variables, resumeFrom.optimizer);
  }
  const total = phases.reduce((sum, phase) => sum + phase.steps, 0);
  let [step, best, lossSum, started] = [resumeFrom?.step ?? 0, resumeFrom?.best ?? -1, 0, performance.now()];
  let firstOfPhase = 0;
  for (const phase of phases) {
    for (let n = Math.max(0, step - firstOfPhase); n < phase.steps; n++) {
      // A stream a step: a run that goes on needs no generator's state.
      const draws = random.fork(`step ${step}`);
      drawDropoutFrom(model, draws);
      const batch = await batches.batchOf(step);
      const [first, last] = phase.learningRate;
      const learningRate = learningRateAt({ kind: 'half-cosine', first, last }, n, phase.steps);
      const { value, grads } = variableGrads(() => lossOf(model, phase, batch), variables);
      const loss = (value.dataSync() as Float32Array)[0] as number;
      value.dispose();
      if (!Number.isFinite(loss)) {
        throw new VoxwatchError('TRAINING_FAILED', `The loss is not a number at step ${step + 1}; try a lower learning rate.`, {
          step: step + 1,
        });
      }
      optimizer.apply(variables, grads, learningRate);
      average.update();
      lossSum += loss;
      step++;
      const isValidation = step % STEPS_PER_VALIDATION === 0 || step === total;
      if (step % STEPS_PER_ROW !== 0 && !isValidation) continue;
      const steps = step % STEPS_PER_ROW || STEPS_PER_ROW;
      const secondsPerStep = (performance.now() - started) / 1000 / steps;
      const row: HistoryRow = { step, loss: lossSum / steps, learningRate, secondsPerStep };
      if (isValidation) {
        await average.whileApplied(async () => {
          const full = { ...row, validationDice: validate(options) };
          options.onRow(full);
          const mean = full.validationDice.reduce((sum, dice) => sum + dice, 0) / full.validationDice.length;
          if (mean <= best) return;
          best = mean;
          await options.onBest(full);
        });
      } else {
        options.onRow(row);
      }
      await options.onCheckpoint?.({
        step,
        best,
        weights: weightsOf(model.weights),
        average: average.state(),
        optimizer: optimizer.state(variables),
      });
      [lossSum, started] = [0, performance.now()];
    }
    firstOfPhase += phase.steps;
  }
  await average.whileApplied(options.onEnd);
}

function drawDropoutFrom(model: LayersModel, draws: Random): void {
  model.layers.forEach((layer, index) => {
    if (layer instanceof DropoutLayer) layer.drawFrom(draws.fork(`dropout ${index}`));
  });
}

function lossOf(model: LayersModel, phase: TrainingPhase, { input, classes, shape }: Batch): Scalar {
  const x = tensor4d(input, [...shape, 1]);
  const y = tensor3d(classes, [...shape], 'int32');
  return segmentationLoss(model.apply(x, { training: true }) as Tensor4D, y, phase.loss);
}

/** Pooled Dice of each foreground class on slices spread evenly over those that show foreground, and a few others. */
function validate({ model, stage, statistics, validation }: FitOptions): number[] {
  const groups = groupSlices(validation.facts, stage);
  const perGroup = Math.ceil(VALIDATION_SLICES / groups.length);
  const indices = groups.flatMap((group) => spread(group, perGroup));
  const counts = stage.outputLabels.slice(1).map(emptyCounts);
  for (let n = 0; n < indices.length; n += VALIDATION_BATCH) {
    const batch = plainBatch(validation, indices.slice(n, n + VALIDATION_BATCH), stage, statistics);
    const predicted = tidy(() => {
      const logits = model.apply(tensor4d(batch.input, [...batch.shape, 1]), { training: false }) as Tensor4D;
      return (argMax(logits, 3) as Tensor3D).dataSync();
    });
    counts.forEach((count, index) => {
      countOverlap(count, predicted, batch.classes, [index + 1]);
    });
  }
  return counts.map(diceScore);
}

function spread(values: readonly number[], count: number): number[] {
  const n = Math.min(count, values.length);
  return Array.from({ length: n }, (_, index) => values[Math.floor(((index + 0.5) * values.length) / n)] as number);
}
