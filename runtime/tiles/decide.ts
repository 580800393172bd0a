/**
 * What a network gave for some voxels → their labels.
 * @module
 */
import type { TileAnswer } from '../../core/tile-stage.ts';
import { activateInPlace } from '../../preprocess/tiles/activation.ts';

/**
 * Decides voxels, activated on the way where the stage says that it happens on the scan.
 * @param values - Channels × voxels; written to.
 * @param into - One label a voxel.
 */
export function decideInto(values: Float32Array, channels: number, answer: TileAnswer, into: Uint8Array): void {
  const voxels = values.length / channels;
  if (answer.kind === 'channels') {
    if (answer.activatedOn === 'scan') activateInPlace(values, channels, answer.activation);
    into.fill(0);
    for (const { channel, threshold, label } of answer.outputs)
      for (let p = 0; p < voxels; p++) if ((values[channel * voxels + p] as number) >= threshold) into[p] = label;
    return;
  }
  // Softmax and sigmoid both rise: the highest stays the highest, so neither is computed.
  for (let p = 0; p < voxels; p++) {
    let [best, highest] = [0, values[p] as number];
    for (let channel = 1, at = p + voxels; channel < channels; channel++, at += voxels) {
      if ((values[at] as number) > highest) [best, highest] = [channel, values[at] as number];
    }
    into[p] = answer.labels[best] as number;
  }
}
