/**
 * A network's logits → the class of each pixel, as the exported graph decides it.
 * @module
 */
import { argMax, cast, greater, type Tensor4D, tidy } from '@tensorflow/tfjs-core';

/**
 * @param logits - [N, H, W, C]; of a single output (a sigmoid), class 1 is where the probability is above 0.5.
 * @returns [N, H, W], flattened.
 */
export function predictClasses(logits: Tensor4D): Int32Array {
  const [, , , outputs] = logits.shape;
  return tidy(() => {
    const classes = outputs === 1 ? cast(greater(logits, 0), 'int32') : argMax(logits, 3);
    return classes.dataSync() as Int32Array;
  });
}
