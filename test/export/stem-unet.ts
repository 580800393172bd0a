/**
 * A small U-Net of the kind that works in millimetres: a 4×4 stride-2 stem, two levels at half resolution, and logits from
 * a 2×2 stride-2 transposed convolution. Random weights.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { networkOf } from './onnx-fixtures.ts';

/** What its input must be a multiple of: the stem and two poolings halve it. */
export const STEM_MULTIPLE = 8;

function block(x: tfl.SymbolicTensor, filters: number): tfl.SymbolicTensor {
  const steps = [
    tfl.layers.conv2d({ filters, kernelSize: 3, padding: 'same' }),
    tfl.layers.batchNormalization(),
    tfl.layers.activation({ activation: 'relu' }),
  ];
  return steps.reduce((value, layer) => layer.apply(value) as tfl.SymbolicTensor, x);
}

/**
 * @param size - What the model is built for; `null` = any.
 * @param widths - Channels from top to bottom.
 */
export function stemUnet(
  size: readonly [number | null, number | null],
  classes: number,
  [top, middle, deepest]: readonly [number, number, number] = [6, 8, 10],
): tfl.LayersModel {
  return networkOf([size[0], size[1], 1], (image) => {
    const apply = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor | tfl.SymbolicTensor[]) => layer.apply(x) as tfl.SymbolicTensor;
    const halve = (x: tfl.SymbolicTensor) => apply(tfl.layers.maxPooling2d({ poolSize: 2, strides: 2, padding: 'same' }), x);
    const double = (x: tfl.SymbolicTensor, filters: number) =>
      apply(tfl.layers.conv2dTranspose({ filters, kernelSize: 2, strides: 2, padding: 'same' }), x);
    const stem = apply(tfl.layers.conv2d({ filters: top, kernelSize: 4, strides: 2, padding: 'same' }), image);
    const down1 = block(apply(tfl.layers.activation({ activation: 'relu' }), apply(tfl.layers.batchNormalization(), stem)), top);
    const down2 = block(halve(down1), middle);
    const bottom = block(halve(down2), deepest);
    const up2 = block(apply(tfl.layers.concatenate(), [double(bottom, middle), down2]), middle);
    const up1 = block(apply(tfl.layers.concatenate(), [double(up2, top), down1]), top);
    return double(up1, classes);
  });
}
