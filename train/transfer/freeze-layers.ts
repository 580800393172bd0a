/**
 * Layers that keep their weights while the others learn, and the way back.
 * @module
 */
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { FusedBatchNormalization } from '../layers/fused-batch-normalization.ts';
import { namedLayers, selectNames } from './layer-names.ts';
import type { FreezeSpec } from './transfer-spec.ts';

export interface FrozenLayers {
  /** Names of the layers that are frozen now. */
  readonly frozen: readonly string[];
  /** Makes them learn again as they did before. */
  readonly thaw: () => void;
}

/**
 * Freezes layers: their variables are no longer trainable, and a frozen batch normalisation works as in inference.
 *
 * `network.weights` lists weights in another order afterwards: who keeps them by position takes the list before.
 * @throws {VoxwatchError} `USAGE` for a pattern that matches no layer with weights; nothing is frozen then.
 */
export function freezeLayers(network: LayersModel, { layers: patterns, batchNormalization }: FreezeSpec): FrozenLayers {
  const all = namedLayers(network);
  const isLeftOut = (layer: layers.Layer): boolean => batchNormalization === 'learns' && layer instanceof FusedBatchNormalization;
  const frozen = selectNames(all.keys(), patterns).filter((name) => !isLeftOut(all.get(name) as layers.Layer));
  const before = frozen.map((name) => {
    const layer = all.get(name) as layers.Layer;
    return { layer, wasTrainable: layer.trainable };
  });
  for (const { layer } of before) layer.trainable = false;
  return {
    frozen,
    thaw: () => {
      for (const { layer, wasTrainable } of before) layer.trainable = wasTrainable;
    },
  };
}

/** Makes all layers of a network learn: one that was saved while layers were frozen is read with them frozen. */
export function thawAll(network: LayersModel): void {
  for (const layer of namedLayers(network).values()) layer.trainable = true;
}
