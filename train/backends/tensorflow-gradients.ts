/**
 * Gradients of tfjs-core's own operations, by kernels of libtensorflow that tfjs-core does not know.
 *
 * tfjs-core makes the gradient of a rectifier of nine operations and keeps the rectifier's input for it; the kernel needs
 * its output, which the next convolution keeps anyway. That of a sum is a product with an array of ones that is filled in
 * JavaScript; here it is a broadcast.
 * @module
 */
import { broadcastTo, registerGradient, reshape, type Tensor, util } from '@tensorflow/tfjs-core';
// Registers tfjs-core's gradients, which are replaced here: it must have been read before.
import '@tensorflow/tfjs-layers';
import { reluGradient } from './tensorflow-kernels.ts';

/** Takes the place of tfjs-core's; for the native backend alone. */
export function registerTensorflowGradients(): void {
  registerGradient({
    kernelName: 'Relu',
    outputsToSave: [true],
    gradFunc: (dy, [output]) => ({ x: () => reluGradient(dy as Tensor, output as Tensor) }),
  });
  registerGradient({
    kernelName: 'Sum',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], { axis }) => ({ x: () => broadcastSum(dy as Tensor, (x as Tensor).shape, axis as number | number[]) }),
  });
}

/** Each element of a sum to the places that it was summed from. */
function broadcastSum(dy: Tensor, shape: number[], axis: number | number[]): Tensor {
  const kept = [...shape];
  for (const index of util.parseAxisParam(axis, shape)) kept[index] = 1;
  return broadcastTo(reshape(dy, kept), shape);
}
