/**
 * What a layer of one input is given: tfjs passes the tensor or a list of one.
 * @module
 */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';

export function singleInput(inputs: Tensor | Tensor[]): Tensor4D {
  return (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor4D;
}

/** Shapes as tfjs-layers passes them: one, or a list of one. */
export type LayerShape = (number | null)[];

export function singleShape(shape: LayerShape | LayerShape[]): LayerShape {
  return (Array.isArray(shape[0]) ? shape[0] : shape) as LayerShape;
}
