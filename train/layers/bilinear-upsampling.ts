/**
 * Doubles height and width by bilinear interpolation that keeps the corners in place (PyTorch's
 * `interpolate(scale_factor=2, mode='bilinear', align_corners=True)`). tfjs-layers' `upSampling2d` cannot keep them.
 *
 * The plain JavaScript backend of tfjs 4.22 gives its gradient height and width swapped: only square images can be
 * trained on it.
 * @module
 */
import { image, serialization, type Tensor } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { type LayerShape, singleInput } from './single-input.ts';

export class BilinearUpsampling2D extends layers.Layer {
  static readonly className = 'BilinearUpsampling2D';

  override computeOutputShape(inputShape: LayerShape): LayerShape {
    const [batch, height, width, channels] = inputShape as [number | null, number | null, number | null, number];
    return [batch, height && 2 * height, width && 2 * width, channels];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = singleInput(inputs);
    const [, height, width] = x.shape;
    return image.resizeBilinear(x, [2 * height, 2 * width], true);
  }

  override getClassName(): string {
    return BilinearUpsampling2D.className;
  }
}

serialization.registerClass(BilinearUpsampling2D);
