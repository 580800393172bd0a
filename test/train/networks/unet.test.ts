import { type Tensor4D, zeros } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import { createNetwork } from '../../../train/networks/index.ts';
import type { UnetSpec } from '../../../train/networks/network-spec.ts';
import { buildUnet } from '../../../train/networks/unet.ts';
import { ABDOMEN_UNET, BRAIN_UNET, KIDNEY_UNET, LIVER_UNET } from '../../../train/networks/unet-presets.ts';
import { randomTensor } from '../gradient-check.ts';
import { outputShape, trainableParameters, unreachedWeights, weightValues } from './network-facts.ts';

beforeAll(async () => {
  await startBackend('cpu');
});

const PRESETS = [
  ['kidney-unet', KIDNEY_UNET],
  ['liver-unet', LIVER_UNET],
  ['brain-unet', BRAIN_UNET],
] as const;

/** A preset with few filters and two poolings: all of its parts, at little cost. */
function narrow(spec: UnetSpec): UnetSpec {
  return { ...spec, filters: [4, 6, 8] };
}

function small(spec: UnetSpec, size: number | null = 8, seed = 1): LayersModel {
  return createNetwork(narrow(spec), { inputSize: [size, size], channels: 2, classes: 3, random: createRandom(seed) });
}

function shapeOf(model: LayersModel, layer: string): number[] {
  return model.getLayer(layer).outputShape as number[];
}

describe('the U-Net for grids in millimetres', () => {
  it('has the parameters that its widths give, little more than the 916,328 of the experiment that it follows', () => {
    const network = buildUnet(ABDOMEN_UNET, { inputSize: [128, 128], channels: 1, classes: 10 });
    // That one doubles bilinearly, without weights, and joins more channels.
    const block = (from: number, to: number): number => 9 * (from + to) * to + 2 * to + 4 * to;
    const widths = [32, 64, 96, 128] as const;
    const down = block(32, 32) + block(32, 64) + block(64, 96) + block(96, 128);
    const up = [0, 1, 2].map((n) => {
      const [narrow, wide] = [widths[n] as number, widths[n + 1] as number];
      return 4 * wide * narrow + narrow + block(2 * narrow, narrow);
    });
    const [stem, logits] = [16 * 32 + 32 + 2 * 32, 4 * 32 * 10 + 10];
    expect(trainableParameters(network)).toBe(down + up.reduce((sum, part) => sum + part, 0) + stem + logits);
    expect(trainableParameters(network)).toBe(944_170);
    expect(network.outputs[0]?.shape).toEqual([null, 128, 128, 10]);
    expect(shapeOf(network, 'stem')).toEqual([null, 64, 64, 32]);
    expect(shapeOf(network, 'bottom.convolution2')).toEqual([null, 8, 8, 128]);
  });

  it('takes odd sizes', () => {
    const network = createNetwork(
      { ...narrow(ABDOMEN_UNET), stem: { filters: 4, kernelSize: 4 } },
      { inputSize: [null, null], channels: 1, classes: 3, random: createRandom(1) },
    );
    expect((network.predict(zeros([1, 13, 22, 1])) as Tensor4D).shape).toEqual([1, 13, 22, 3]);
  });
});

describe('the U-Net of report 001', () => {
  let classic: LayersModel;

  beforeAll(async () => {
    await startBackend('cpu');
    classic = buildUnet(LIVER_UNET, { inputSize: [512, 512], channels: 1, classes: 2 });
  });

  it('has the 31.03 million parameters that the classic U-Net is known by, for two classes', () => {
    // 31,031,810, as its summaries say, are those of three channels.
    expect(trainableParameters(classic)).toBe(31_031_810 - 2 * 3 * 3 * 64);
    expect(classic.countParams()).toBe(31_030_658);
  });

  it('has the levels of figure 1 of Ronneberger et al., at sizes that convolutions keep', () => {
    for (const [layer, size, filters] of [
      ['down1.convolution2', 512, 64],
      ['down2.convolution2', 256, 128],
      ['down3.convolution2', 128, 256],
      ['down4.convolution2', 64, 512],
      ['bottom.convolution2', 32, 1024],
      ['up4.upsampling', 64, 512],
      ['up4.concatenation', 64, 1024],
      ['up4.convolution2', 64, 512],
      ['up1.concatenation', 512, 128],
      ['up1.convolution2', 512, 64],
      ['logits', 512, 2],
    ] as const)
      expect(shapeOf(classic, layer), layer).toEqual([null, size, size, filters]);
  });

  it('has 23 convolutions, as the paper says, and nothing that normalises or drops', () => {
    const names = classic.layers.map((layer) => layer.getClassName());
    expect(names.filter((name) => name.startsWith('Conv2D')).length).toBe(23);
    expect(new Set(names)).toEqual(
      new Set(['InputLayer', 'Conv2D', 'Activation', 'MaxPooling2D', 'Conv2DTranspose', 'Concatenate']),
    );
  });
});

describe('the U-Net of report 000', () => {
  const kidney = (): LayersModel => buildUnet(KIDNEY_UNET, { inputSize: [244, 244], channels: 1, classes: 1 });

  it('has the 4,837,249 parameters of medicaltorch’s Unet', () => {
    expect(trainableParameters(kidney())).toBe(4_837_249);
  });

  it('gives 244 × 244 logits for 244 × 244 pixels, though three halvings do not divide them', () => {
    const model = kidney();
    expect(model.outputShape).toEqual([null, 244, 244, 1]);
    expect(shapeOf(model, 'bottom.convolution2')).toEqual([null, 31, 31, 256]);
    expect(shapeOf(model, 'up3.crop')).toEqual([null, 61, 61, 256]);
    // 122 and 244 are even: nothing to cut.
    expect(model.layers.filter((layer) => layer.getClassName() === 'CropToMatch').length).toBe(1);
  });

  it('rectifies, normalises with PyTorch’s epsilon and momentum, and drops 40 % of the channels, after each convolution', () => {
    const classes = kidney().layers.map((layer) => layer.getClassName());
    expect(classes.slice(1, 5)).toEqual(['Conv2D', 'Activation', 'FusedBatchNormalization', 'SpatialDropout2D']);
    const configs = kidney().layers.map((layer) => layer.getConfig());
    expect(configs.filter(({ rate }) => rate === 0.4).length).toBe(14);
    expect(configs.filter(({ epsilon, momentum }) => epsilon === 1e-5 && momentum === 0.9).length).toBe(14);
  });
});

describe('the U-Net of report 002', () => {
  const brain = (channels: number): LayersModel => buildUnet(BRAIN_UNET, { inputSize: [240, 240], channels, classes: 1 });

  it('begins as the report’s layer summary does', () => {
    const rows = brain(3)
      .layers.slice(0, 10)
      .map((layer) => [layer.getClassName(), ...(layer.outputShape as number[]).slice(1), layer.countParams()]);
    expect(rows).toEqual([
      ['InputLayer', 240, 240, 3, 0],
      ['Conv2D', 240, 240, 16, 448],
      ['FusedBatchNormalization', 240, 240, 16, 64],
      ['Activation', 240, 240, 16, 0],
      ['Conv2D', 240, 240, 16, 2320],
      ['FusedBatchNormalization', 240, 240, 16, 64],
      ['Activation', 240, 240, 16, 0],
      ['MaxPooling2D', 120, 120, 16, 0],
      ['SeededDropout', 120, 120, 16, 0],
      ['Conv2D', 120, 120, 32, 4640],
    ]);
  });

  it('has the parameters of the Keras U-Net that the summary comes from, 2,164,593', () => {
    expect(brain(3).countParams()).toBe(2_164_593);
    expect(trainableParameters(brain(3))).toBe(2_161_649);
    expect(brain(3).outputShape).toEqual([null, 240, 240, 1]);
  });
});

describe.each(PRESETS)('%s, made narrow', (_name, spec) => {
  it.each([
    [8, 8],
    [7, 11],
    [5, 6],
    [1, 3],
  ])('gives %d × %d logits for as many pixels, built for that size or for any', (height, width) => {
    const batch = zeros([2, height, width, 2]) as Tensor4D;
    const built = createNetwork(narrow(spec), { inputSize: [height, width], channels: 2, classes: 3, random: createRandom(1) });
    expect(built.outputShape).toEqual([null, height, width, 3]);
    expect(outputShape(built, batch)).toEqual([2, height, width, 3]);
    expect(small(spec, null).outputShape).toEqual([null, null, null, 3]);
    expect(outputShape(small(spec, null), batch)).toEqual([2, height, width, 3]);
  });

  it('gives the same numbers built for a size and built for any', () => {
    const batch = randomTensor([1, 7, 7, 2], 5) as Tensor4D;
    const [fixed, any] = [small(spec, 7), small(spec, null)].map((model) => model.predict(batch) as Tensor4D);
    expect([...(fixed as Tensor4D).dataSync()]).toEqual([...(any as Tensor4D).dataSync()]);
  });

  it('starts from the same weights for the same stream, and others for another', () => {
    const [a, b, c] = [small(spec), small(spec), small(spec, 8, 2)].map(weightValues);
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
  });

  it('has no kernel of zeros to start from', () => {
    const kernels = small(spec).trainableWeights.filter(({ shape }) => shape.length === 4);
    expect(kernels.length).toBeGreaterThan(10);
    for (const kernel of kernels)
      expect(
        kernel
          .read()
          .dataSync()
          .some((value) => value !== 0),
      ).toBe(true);
  });

  it('learns in all its trainable weights', () => {
    expect(unreachedWeights(small(spec, 9), randomTensor([2, 9, 9, 2], 3) as Tensor4D)).toEqual([]);
  });
});
