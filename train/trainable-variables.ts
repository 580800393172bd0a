/**
 * Which variables of a network a phase trains.
 * @module
 */
import type { Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { VoxwatchError } from '../core/errors.ts';
import { FusedBatchNormalization } from './layers/fused-batch-normalization.ts';

/**
 * @param frozenLayers - Names of layers, or with `*` at the end what names begin with; batch norms are not frozen by it.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` for a name that no layer has.
 */
export function trainableVariables(model: LayersModel, frozenLayers: readonly string[] = []): Variable[] {
  for (const pattern of frozenLayers) {
    if (!model.layers.some(({ name }) => isMeant(pattern, name))) {
      throw new VoxwatchError('INVALID_ARGUMENT', `A phase freezes the layers “${pattern}”; the network has none of that name.`);
    }
  }
  return model.layers
    .filter((layer) => layer instanceof FusedBatchNormalization || !frozenLayers.some((pattern) => isMeant(pattern, layer.name)))
    .flatMap((layer) => layer.trainableWeights.map((weight) => weight.read() as Variable));
}

function isMeant(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
