/**
 * U-Net with a ResNet-34 encoder, as report 004 has it: `unet_learner(dls, resnet34)` of fastai 2.2, whose `DynamicUnet`
 * (docs.fast.ai/vision.models.unet.html) gives the decoder. Its options at their defaults: no blur, no self-attention,
 * the image joined in at the end.
 *
 * What stands in for what: fastai doubles by a 1×1 convolution, a rectifier and a pixel shuffle; here a 2×2 transposed
 * convolution of stride 2 and a rectifier, which is the same function but for one bias a channel instead of four. Odd
 * sizes are cut off after doubling, where fastai stretches to the nearest pixel.
 * @module
 */
import { tile } from '@tensorflow/tfjs-core';
import { initializers, input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Random } from '../../core/random.ts';
import { apply, channelsOf } from './apply-layer.ts';
import { MAX_SEED } from './draw-kernels.ts';
import { concatenate, convolve, convolveUp, cropTo, normalize, rectify } from './network-parts.ts';
import type { NetworkShape } from './network-shape.ts';
import { addResnetEncoder, type ResnetStages, TORCHVISION_NORMALIZATION } from './resnet34-encoder.ts';

/**
 * @param stages - Of the encoder. @defaultValue those of ResNet-34
 * @returns a model of input [N, H, W, channels] and output [N, H, W, classes], logits; its kernels are zeros. Layers are
 * named `encoder.…` and `decoder.…`; `decoder.1` is the deepest.
 */
export function buildResnet34Unet({ inputSize, channels, classes }: NetworkShape, stages?: ResnetStages): LayersModel {
  const image = input({ shape: [...inputSize, channels], name: 'image' });
  const encoded = addResnetEncoder(image, stages);
  let x = addBottom(encoded.at(-1) as SymbolicTensor);
  const skips = encoded.slice(0, -1).toReversed();
  skips.forEach((skip, index) => {
    x = addLevel(x, skip, { name: `decoder.${index + 1}`, isLast: index === skips.length - 1 });
  });
  x = cropTo(image, double(x, channelsOf(x), 'decoder.full'), 'decoder.full.crop');
  x = addResidualBlock(concatenate([x, image], 'decoder.full.concatenation'), 'decoder.full');
  return model({ inputs: image, outputs: convolve(x, { filters: classes, kernelSize: 1, name: 'logits' }) });
}

/** The deepest value, normalised, then through twice its channels and back. */
function addBottom(deepest: SymbolicTensor): SymbolicTensor {
  const channels = channelsOf(deepest);
  const normalized = normalize(deepest, { name: 'decoder.bottom.normalization', ...TORCHVISION_NORMALIZATION });
  const x = addConvolution(rectify(normalized, 'decoder.bottom.relu'), 2 * channels, 'decoder.bottom.convolution1');
  return addConvolution(x, channels, 'decoder.bottom.convolution2');
}

/** fastai's `UnetBlock`: doubled to half the channels, joined with the normalised skip; the last level narrows. */
function addLevel(x: SymbolicTensor, skip: SymbolicTensor, { name, isLast }: { name: string; isLast: boolean }): SymbolicTensor {
  const doubled = cropTo(skip, double(x, Math.floor(channelsOf(x) / 2), name), `${name}.crop`);
  const normalized = normalize(skip, { name: `${name}.normalization`, ...TORCHVISION_NORMALIZATION });
  const joined = rectify(concatenate([doubled, normalized], `${name}.concatenation`), `${name}.joined`);
  const filters = isLast ? Math.floor(channelsOf(joined) / 2) : channelsOf(joined);
  return addConvolution(addConvolution(joined, filters, `${name}.convolution1`), filters, `${name}.convolution2`);
}

/** fastai's `ResBlock` without normalisation: two convolutions, added to their input. */
function addResidualBlock(x: SymbolicTensor, name: string): SymbolicTensor {
  const filters = channelsOf(x);
  const branch = addConvolution(x, filters, `${name}.convolution1`);
  const last = convolve(branch, { filters, kernelSize: 3, name: `${name}.convolution2` });
  return rectify(apply(layers.add({ name: `${name}.add` }), [last, x]), `${name}.relu`);
}

function addConvolution(x: SymbolicTensor, filters: number, name: string): SymbolicTensor {
  return rectify(convolve(x, { filters, kernelSize: 3, name }), `${name}.relu`);
}

function double(x: SymbolicTensor, filters: number, name: string): SymbolicTensor {
  return rectify(convolveUp(x, { filters, kernelSize: 2, name: `${name}.upsampling` }), `${name}.upsampling.relu`);
}

/**
 * Draws the kernels of the doubling convolutions anew, the same for all four pixels that come from one (Aitken et al.,
 * arXiv:1707.02937, "ICNR"): they then begin as nearest-neighbour doubling, without a checkerboard.
 */
export function drawUpsamplingKernels(network: LayersModel, random: Random): void {
  for (const layer of network.layers) {
    if (layer.getClassName() !== 'Conv2DTranspose') continue;
    const kernel = layer.trainableWeights.find(({ shape }) => shape.length === 4) as (typeof layer.trainableWeights)[number];
    const [rows, columns, filters, channels] = kernel.shape as [number, number, number, number];
    // He's variance over the channels that come in: one pixel of the input gives one of the output.
    const initializer = initializers.randomNormal({
      mean: 0,
      stddev: Math.sqrt(2 / channels),
      seed: random.integer(1, MAX_SEED),
    });
    const one = initializer.apply([1, 1, filters, channels]);
    const all = tile(one, [rows, columns, 1, 1]);
    kernel.write(all);
    one.dispose();
    all.dispose();
  }
}
