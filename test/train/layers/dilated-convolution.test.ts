import { conv2d, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../train/backends/backend.ts';
import { DilatedConvolution2D } from '../../../train/layers/dilated-convolution.ts';
import { expectClose, expectGradients, randomTensor, weighted } from '../gradient-check.ts';

beforeAll(async () => {
  await startBackend('cpu');
});

function layerOf(
  dilationRate: number,
  channels: number,
  filters: number,
  kernelSize = 3,
): { layer: DilatedConvolution2D; kernel: Tensor4D } {
  const layer = new DilatedConvolution2D({ filters, kernelSize, dilationRate });
  layer.build([null, null, null, channels]);
  const kernel = randomTensor([kernelSize, kernelSize, channels, filters], 2) as Tensor4D;
  layer.setWeights([kernel]);
  return { layer, kernel };
}

describe('DilatedConvolution2D', () => {
  it.each([
    [8, 8, 2, 3],
    [16, 8, 4, 3],
    [9, 7, 2, 3], // sizes that the rate does not divide
    [11, 13, 4, 3],
    [5, 3, 8, 3], // smaller than the rate
    [10, 10, 3, 5], // a larger kernel
    [6, 6, 1, 3], // no dilation
  ])('of %d × %d pixels at rate %d and kernel %d is conv2d with dilations', (height, width, rate, kernelSize) => {
    const { layer, kernel } = layerOf(rate, 2, 3, kernelSize);
    const x = randomTensor([2, height, width, 2], 1) as Tensor4D;
    const output = layer.call(x);
    expect(output.shape).toEqual([2, height, width, 3]);
    expectClose(output.dataSync(), conv2d(x, kernel, 1, 'same', 'NHWC', rate).dataSync(), 1e-4);
  });

  it.each([
    [4, 4, 2],
    [5, 3, 2],
  ])('of %d × %d pixels at rate %d has the gradients of finite differences, for input and kernel', (height, width, rate) => {
    const { layer, kernel } = layerOf(rate, 1, 2);
    const x = randomTensor([1, height, width, 1], 3);
    expectGradients((input) => weighted(layer.call(input)), [x]);
    const holder = layer as unknown as { kernel: { read(): Tensor } };
    expectGradients(
      (given) => {
        holder.kernel = { read: () => given };
        return weighted(layer.call(x));
      },
      [kernel],
    );
  });

  it('says the shape that it gives', () => {
    const layer = new DilatedConvolution2D({ filters: 5, kernelSize: 3, dilationRate: 2 });
    expect(layer.computeOutputShape([null, 9, 7, 2])).toEqual([null, 9, 7, 5]);
  });
});
