/**
 * One step of training: forward, loss, gradients, update.
 * @module
 */
import { add, dispose, type Tensor4D, tensor3d, tensor4d, type Variable, variableGrads } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import type { Batch } from '../data/sample-batch.ts';
import { DropoutLayer } from '../layers/dropout-layer.ts';
import type { LossSpec } from '../losses/loss-spec.ts';
import { segmentationLoss } from '../losses/segmentation-loss.ts';
import type { Adam } from '../optimizer/adam.ts';
import { conservationLoss, sourceLogits } from '../transfer/conservation-loss.ts';
import type { ConservationSpec } from '../transfer/transfer-spec.ts';

/** What a step changes. */
export interface Trained {
  /** Its trainable weights are changed. */
  readonly model: LayersModel;
  readonly optimizer: Adam;
  readonly conservation?: Conservation;
}

/** A penalty beside the loss on leaving the outputs of another network. */
export interface Conservation {
  readonly spec: ConservationSpec;
  /** With the same outputs as the network that learns. */
  readonly source: LayersModel;
}

/**
 * @param step - Steps that are done, for the error.
 * @returns the loss of the batch, from before the step.
 * @throws {VoxwatchError} `TRAINING_FAILED` where the loss or a gradient is not a number: nothing is updated then.
 */
export async function trainStep(
  { model, optimizer, conservation }: Trained,
  batch: Batch,
  { loss, learningRate, step }: { readonly loss: LossSpec; readonly learningRate: number; readonly step: number },
): Promise<number> {
  const { input, classes, shape, channels } = batch;
  const x = tensor4d(input, [...shape, channels]);
  const y = tensor3d(classes, [...shape], 'int32');
  const before = conservation && sourceLogits(conservation.source, x);
  const variables = model.trainableWeights.map((weight) => weight.read() as Variable);
  const { value, grads } = variableGrads(() => {
    const logits = model.apply(x, { training: true }) as Tensor4D;
    const own = segmentationLoss(logits, y, loss);
    return conservation && before ? add(own, conservationLoss(logits, before, conservation.spec)) : own;
  }, variables);
  dispose([x, y, ...(before ? [before] : [])]);
  const number = (await value.data())[0] as number;
  value.dispose();
  if (!Number.isFinite(number)) {
    const message = `The loss is not a number at step ${step + 1}; try a lower learning rate. What was reached before is kept.`;
    throw new VoxwatchError('TRAINING_FAILED', message, { step: step + 1 });
  }
  await optimizer.apply(variables, grads, learningRate);
  return number;
}

/** Dropout is drawn from streams of the step, so that it needs no state. */
export function drawDropoutFrom(model: LayersModel, draws: Random): void {
  model.layers.forEach((layer, index) => {
    if (layer instanceof DropoutLayer) layer.drawFrom(draws.fork(`dropout ${index}`));
  });
}
