/**
 * A layer put into a graph of layers, with the types that tfjs-layers leaves open.
 * @module
 */
import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';

/** @returns what the layer gives for one value, or for the values that it merges. */
export function apply(layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor {
  return layer.apply(x) as SymbolicTensor;
}

/** Number of channels of a value [N, H, W, C]. */
export function channelsOf(x: SymbolicTensor): number {
  return x.shape[3] as number;
}
