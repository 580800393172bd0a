/**
 * Tensors → their numbers, by way of promises: a GPU's memory can be read in no other way from Node.
 * @module
 */
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * @param tensors - float32; they stay.
 * @returns in their order. The arrays may be the backend's own: copy before changing them.
 */
export function numbersOf(tensors: readonly Tensor[]): Promise<Float32Array[]> {
  // All at once: a read waits for the GPU, and there are hundreds.
  return Promise.all(tensors.map(async (values) => (await values.data()) as Float32Array));
}
