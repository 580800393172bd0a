/**
 * What a network's raw answers become: probabilities, or nothing else than they are.
 * @module
 */
import type { Activation } from '../../core/tile-stage.ts';

/**
 * @param values - `channels` blocks of equal length, one after the other; written to.
 */
export function activateInPlace(values: Float32Array, channels: number, activation: Activation): void {
  if (activation === 'none') return;
  if (activation === 'sigmoid') {
    for (let p = 0; p < values.length; p++) values[p] = 1 / (1 + Math.exp(-(values[p] as number)));
    return;
  }
  const voxels = values.length / channels;
  for (let p = 0; p < voxels; p++) {
    let highest = -Infinity;
    for (let at = p; at < values.length; at += voxels) highest = Math.max(highest, values[at] as number);
    let sum = 0;
    for (let at = p; at < values.length; at += voxels) sum += Math.exp((values[at] as number) - highest);
    for (let at = p; at < values.length; at += voxels) values[at] = Math.exp((values[at] as number) - highest) / sum;
  }
}
