/**
 * A network's logits → the class of each pixel, as the exported graph decides it.
 * @module
 */
import { argMax, cast, greater, squeeze, type Tensor3D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';

/**
 * @param logits - [N, H, W, C]; of a single output (a sigmoid), class 1 is where the probability is above 0.5.
 * @returns [N, H, W], int32.
 */
export function predictClasses(logits: Tensor4D): Tensor3D {
  const [, , , outputs] = logits.shape;
  return tidy(() => (outputs === 1 ? squeeze(cast(greater(logits, 0), 'int32'), [3]) : argMax(logits, 3)));
}
