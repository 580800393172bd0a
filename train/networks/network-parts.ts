/**
 * Parts that the U-Nets share. Kernels start as zeros: `drawKernels` draws them.
 * @module
 */
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { CropToMatch } from '../layers/crop-to-match.ts';
import { FusedBatchNormalization } from '../layers/fused-batch-normalization.ts';
import { apply } from './apply-layer.ts';

export interface ConvolutionOptions {
  readonly name: string;
  readonly filters: number;
  readonly kernelSize: number;
}

/** A convolution with bias that keeps the size, or divides it by its strides. */
export function convolve(x: SymbolicTensor, options: ConvolutionOptions & { readonly strides?: number }): SymbolicTensor {
  return apply(layers.conv2d({ ...options, padding: 'same', kernelInitializer: 'zeros' }), x);
}

/** A transposed convolution with bias that doubles the size. */
export function convolveUp(x: SymbolicTensor, options: ConvolutionOptions): SymbolicTensor {
  return apply(layers.conv2dTranspose({ ...options, strides: 2, padding: 'same', kernelInitializer: 'zeros' }), x);
}

export function rectify(x: SymbolicTensor, name: string): SymbolicTensor {
  return apply(layers.activation({ activation: 'relu', name }), x);
}

export interface NormalizationOptions {
  readonly name: string;
  readonly epsilon: number;
  /** PyTorch's: share of the new. */
  readonly momentum: number;
}

export function normalize(x: SymbolicTensor, { name, epsilon, momentum }: NormalizationOptions): SymbolicTensor {
  return apply(new FusedBatchNormalization({ name, epsilon, momentum: 1 - momentum }), x);
}

/** Cuts a doubled value to the size of the one that it is to be joined with, where the two are not known to be equal. */
export function cropTo(reference: SymbolicTensor, x: SymbolicTensor, name: string): SymbolicTensor {
  const areEqual = [1, 2].every((axis) => x.shape[axis] !== null && x.shape[axis] === reference.shape[axis]);
  return areEqual ? x : apply(new CropToMatch({ name }), [x, reference]);
}

/** Joins values of equal size along the channels. */
export function concatenate(values: SymbolicTensor[], name: string): SymbolicTensor {
  return apply(layers.concatenate({ name }), values);
}
