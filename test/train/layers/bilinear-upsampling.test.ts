import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../train/backends/backend.ts';
import { BilinearUpsampling2D } from '../../../train/layers/bilinear-upsampling.ts';
import { describeWithNativeBackend } from '../backends/native-backend.ts';
import { expectClose, expectGradients, randomTensor, weighted } from '../gradient-check.ts';

function checkAll(): void {
  const layer = new BilinearUpsampling2D({});
  // A plane stays a plane, and its corners stay where they are: row r of 4 lies at r / 3 of row 1 of 2.
  const plane = layer.call(tensor([0, 2, 3, 5], [1, 2, 2, 1]));
  const expected = [0, 1, 2, 3].flatMap((row) => [0, 1, 2, 3].map((column) => row + (2 * column) / 3));
  expectClose(plane.dataSync(), expected, 1e-6);
  expectGradients((x: Tensor) => weighted(layer.call(x)), [randomTensor([1, 3, 3, 2], 1)]);
}

describe('BilinearUpsampling2D', () => {
  beforeAll(async () => {
    await startBackend('cpu');
  });

  it('interpolates between corners that stay in place, with the gradient of finite differences', checkAll);

  it('doubles one pixel to four like it', () => {
    expect([...new BilinearUpsampling2D({}).call(tensor([7], [1, 1, 1, 1])).dataSync()]).toEqual([7, 7, 7, 7]);
  });

  it('says the shape that it gives, known or not', () => {
    const layer = new BilinearUpsampling2D({});
    expect(layer.computeOutputShape([null, 31, 30, 5])).toEqual([null, 62, 60, 5]);
    expect(layer.computeOutputShape([null, null, null, 5])).toEqual([null, null, null, 5]);
  });
});

describeWithNativeBackend('BilinearUpsampling2D on the native backend', () => {
  beforeAll(async () => {
    await startBackend('tensorflow');
  });

  it('gives the same, gradient included', checkAll);
});
