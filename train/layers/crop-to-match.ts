/**
 * Cuts a value at its bottom and right to the height and width of another. A decoder that doubles sizes gives a row or a
 * column too much wherever its encoder halved an odd size and rounded up.
 * @module
 */
import { serialization, slice4d, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import type { LayerShape } from './single-input.ts';

/** Inputs: what is cut, [N, H, W, C], and what it is to match, [N, h, w, any] with h ≤ H and w ≤ W. */
export class CropToMatch extends layers.Layer {
  static readonly className = 'CropToMatch';

  override computeOutputShape(inputShapes: LayerShape | LayerShape[]): LayerShape {
    const [value, reference] = inputShapes as [LayerShape, LayerShape];
    return [value[0] as number | null, ...reference.slice(1, 3), value[3] as number | null];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const [value, reference] = inputs as [Tensor4D, Tensor4D];
    const [batch, height, width, channels] = value.shape;
    const [, rows, columns] = reference.shape;
    if (height === rows && width === columns) return value;
    return slice4d(value, [0, 0, 0, 0], [batch, rows, columns, channels]);
  }

  override getClassName(): string {
    return CropToMatch.className;
  }
}

serialization.registerClass(CropToMatch);
