/**
 * A loss on a batch of one row of pixels, by TensorFlow.js: its value and its gradient.
 * @module
 */
import { grad, type Tensor3D, type Tensor4D, tensor3d, tensor4d } from '@tensorflow/tfjs-core';
// tfjs-core registers its gradients only when tfjs-layers asks it to.
import '@tensorflow/tfjs-layers';
import type { LossSpec } from '../../../train/losses/loss-spec.ts';
import { segmentationLoss } from '../../../train/losses/segmentation-loss.ts';
import type { Batch } from './reference.ts';

function tensorsOf({ outputs, logits, labels }: Batch): { x: Tensor4D; y: Tensor3D } {
  return {
    x: tensor4d(Float32Array.from(logits), [1, 1, labels.length, outputs]),
    y: tensor3d(Int32Array.from(labels), [1, 1, labels.length], 'int32'),
  };
}

export function lossOf(batch: Batch, loss: LossSpec): number {
  const { x, y } = tensorsOf(batch);
  return (segmentationLoss(x, y, loss).dataSync() as Float32Array)[0] as number;
}

export function gradientOf(batch: Batch, loss: LossSpec): number[] {
  const { x, y } = tensorsOf(batch);
  return Array.from(grad((logits) => segmentationLoss(logits as Tensor4D, y, loss))(x).dataSync() as Float32Array);
}
