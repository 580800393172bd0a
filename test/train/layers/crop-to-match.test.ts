import { type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../train/backends/backend.ts';
import { CropToMatch } from '../../../train/layers/crop-to-match.ts';
import { expectGradients, randomTensor, weighted } from '../gradient-check.ts';

beforeAll(async () => {
  await startBackend('cpu');
});

describe('CropToMatch', () => {
  it('cuts at the bottom and right, and keeps the channels', () => {
    const x = tensor([1, 2, 3, 4, 5, 6], [1, 2, 3, 1]);
    const cut = new CropToMatch({}).call([x, zeros([1, 1, 2, 7])]);
    expect(cut.shape).toEqual([1, 1, 2, 1]);
    expect([...cut.dataSync()]).toEqual([1, 2]);
  });

  it('gives back what fits already', () => {
    const x = zeros([1, 2, 3, 4]);
    expect(new CropToMatch({}).call([x, zeros([1, 2, 3, 1])])).toBe(x);
  });

  it('says the shape that it gives, known or not', () => {
    const layer = new CropToMatch({});
    expect(
      layer.computeOutputShape([
        [null, 8, 8, 5],
        [null, 7, 8, 2],
      ]),
    ).toEqual([null, 7, 8, 5]);
    expect(
      layer.computeOutputShape([
        [null, null, null, 5],
        [null, null, null, 2],
      ]),
    ).toEqual([null, null, null, 5]);
  });

  it('passes the gradient to what it kept', () => {
    const reference = zeros([1, 2, 2, 1]);
    expectGradients((x: Tensor) => weighted(new CropToMatch({}).call([x, reference])), [randomTensor([1, 3, 3, 2], 1)]);
  });
});
