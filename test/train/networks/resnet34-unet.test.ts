import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { zeros } from '@tensorflow/tfjs-core';
import { input, type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import { drawKernels } from '../../../train/networks/draw-kernels.ts';
import { addResnetEncoder, ENCODER_PREFIX, type ResnetStages } from '../../../train/networks/resnet34-encoder.ts';
import { buildResnet34Unet, drawUpsamplingKernels } from '../../../train/networks/resnet34-unet.ts';
import { describeWithNativeBackend } from '../backends/native-backend.ts';
import { randomTensor } from '../gradient-check.ts';
import { outputShape, trainableParameters, unreachedWeights, weightValues } from './network-facts.ts';

/** The same parts with few filters. */
const NARROW: ResnetStages = [
  { filters: 2, blocks: 1 },
  { filters: 4, blocks: 2 },
  { filters: 6, blocks: 1 },
];

function narrow(size: number | null, seed = 1): LayersModel {
  const network = buildResnet34Unet({ inputSize: [size, size], channels: 3, classes: 3 }, NARROW);
  drawKernels(network, createRandom(seed));
  drawUpsamplingKernels(network, createRandom(seed, 'upsampling'));
  return network;
}

describe('the ResNet-34 U-Net at its full size', () => {
  let network: LayersModel;
  let encoder: LayersModel['layers'];

  beforeAll(async () => {
    await startBackend('cpu');
    network = buildResnet34Unet({ inputSize: [128, 128], channels: 3, classes: 3 });
    encoder = network.layers.filter(({ name }) => name.startsWith(ENCODER_PREFIX));
  });

  it('has an encoder of the 21,797,672 parameters of torchvision’s ResNet-34 less the 513,000 of its classifier', () => {
    expect(trainableParameters({ trainableWeights: encoder.flatMap((layer) => layer.trainableWeights) })).toBe(
      21_797_672 - 513_000,
    );
  });

  it('has 33 convolutions on its way and 3 beside it, each normalised with PyTorch’s epsilon', () => {
    const named = (className: string) => encoder.filter((layer) => layer.getClassName() === className);
    expect(named('Conv2D').length).toBe(33 + 3);
    const normalizations = named('FusedBatchNormalization').map((layer) => layer.getConfig());
    expect(normalizations.length).toBe(33 + 3);
    for (const { epsilon, momentum } of normalizations) expect([epsilon, momentum]).toEqual([1e-5, 0.9]);
  });

  it('has the size of fastai’s: 41,221,268 parameters for three classes, less three biases a doubled channel', () => {
    const doubled = 256 + 256 + 192 + 128 + 96;
    expect(trainableParameters(network)).toBe(41_221_268 - 3 * doubled);
    expect(network.outputShape).toEqual([null, 128, 128, 3]);
  });

  it('has stages of the filters and sizes of table 1 of He et al., for 128 pixels', () => {
    const ends = ['relu', 'layer1.2.relu2', 'layer2.3.relu2', 'layer3.5.relu2', 'layer4.2.relu2'];
    expect(ends.map((name) => network.getLayer(`${ENCODER_PREFIX}${name}`).outputShape)).toEqual([
      [null, 64, 64, 64],
      [null, 32, 32, 64],
      [null, 16, 16, 128],
      [null, 8, 8, 256],
      [null, 4, 4, 512],
    ]);
  });
});

describe('the ResNet-34 U-Net, made narrow', () => {
  beforeAll(async () => {
    await startBackend('cpu');
  });

  it.each([
    [224, [112, 56, 28, 14]],
    [97, [49, 25, 13, 7]],
    [2, [1, 1, 1, 1]],
  ])('encodes %d pixels to sizes %j, as PyTorch’s padding does', (size, sizes) => {
    const encoded = addResnetEncoder(input({ shape: [size, size, 3] }), NARROW);
    expect(encoded.map(({ shape }) => shape)).toEqual([2, 2, 4, 6].map((filters, n) => [null, sizes[n], sizes[n], filters]));
  });

  it.each([
    [32, 32],
    [17, 23],
    [1, 5],
  ])('gives %d × %d logits for as many pixels', (height, width) => {
    expect(outputShape(narrow(null), zeros([2, height, width, 3]) as Tensor4D)).toEqual([2, height, width, 3]);
  });

  it('learns in all its trainable weights', () => {
    expect(unreachedWeights(narrow(33), randomTensor([2, 33, 33, 3], 3) as Tensor4D)).toEqual([]);
  });

  it('starts from the same weights for the same stream, and others for another', () => {
    const [a, b, c] = [narrow(32), narrow(32), narrow(32, 2)].map(weightValues);
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
  });

  it('begins by doubling to the nearest pixel', () => {
    const network = narrow(32);
    const name = 'decoder.full.upsampling';
    const doubled = model({ inputs: network.inputs, outputs: network.getLayer(`${name}.relu`).output as SymbolicTensor });
    const [, height, width, channels] = doubled.outputShape as [null, number, number, number];
    const values = (doubled.predict(randomTensor([1, 32, 32, 3], 4)) as Tensor).dataSync();
    const at = (y: number, x: number, c: number) => values[(y * width + x) * channels + c] as number;
    let positive = 0;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0; c < channels; c++) {
          positive += Number(at(y, x, c) > 0);
          expect(at(y, x, c)).toBe(at(y - (y % 2), x - (x % 2), c));
        }
    expect(positive).toBeGreaterThan(0);
  });
});

describeWithNativeBackend('the ResNet-34 U-Net, made narrow, on the native backend', () => {
  it('learns in all its trainable weights', async () => {
    await startBackend('tensorflow');
    expect(unreachedWeights(narrow(33), randomTensor([2, 33, 33, 3], 3) as Tensor4D)).toEqual([]);
  });
});
