/**
 * First weights of a network, from a seeded stream.
 * @module
 */
import { initializers, type LayersModel } from '@tensorflow/tfjs-layers';
import type { Random } from '../../core/random.ts';

/** Largest seed that an initializer is given. */
export const MAX_SEED = 0x7fffffff;

/**
 * Draws all kernels of convolutions anew, from Gaussians of He's variance (arXiv:1502.01852): the layers' own
 * initializers have no seed. One seed a kernel, in the order of the model's trainable weights.
 */
export function drawKernels(network: LayersModel, random: Random): void {
  for (const weight of network.trainableWeights) {
    if (weight.shape.length !== 4) continue;
    const initializer = initializers.heNormal({ seed: random.integer(1, MAX_SEED) });
    const kernel = initializer.apply(weight.shape as number[]);
    weight.write(kernel);
    kernel.dispose();
  }
}
