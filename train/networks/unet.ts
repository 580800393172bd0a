/**
 * U-Net (Ronneberger et al., arXiv:1505.04597): an encoder that halves, a decoder that doubles, and the encoder's
 * values joined to the decoder's at each level.
 *
 * Any size of image will do: an odd size is rounded up when it is halved, and what is too much after doubling is cut off.
 * @module
 */
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { BilinearUpsampling2D } from '../layers/bilinear-upsampling.ts';
import { SeededDropout } from '../layers/seeded-dropout.ts';
import { SpatialDropout2D } from '../layers/spatial-dropout.ts';
import { apply } from './apply-layer.ts';
import { concatenate, convolve, convolveUp, cropTo, normalize, rectify } from './network-parts.ts';
import type { NetworkShape } from './network-shape.ts';
import type { UnetSpec, UnetStem, UnetStep } from './network-spec.ts';

/** Convolutions a level, on either side. */
const CONVOLUTIONS = 2;

/**
 * @returns a model of input [N, H, W, channels] and output [N, H, W, classes], logits; its kernels are zeros. Layers are
 * named by their level: `down1.convolution1` …, `bottom.…`, `up1.…`, where level 1 is the top; before it may be a `stem`.
 */
export function buildUnet(spec: UnetSpec, { inputSize, channels, classes }: NetworkShape): LayersModel {
  const image = input({ shape: [...inputSize, channels], name: 'image' });
  const levels = spec.filters.slice(0, -1).map((filters, index) => ({ filters, level: index + 1 }));
  const skips: SymbolicTensor[] = [];
  let x = spec.stem ? addStem(image, spec, spec.stem) : image;
  for (const { filters, level } of levels) {
    x = addConvolutions(x, spec, { filters, name: `down${level}` });
    skips.push(x);
    x = addSteps(halve(x, `down${level}.pooling`), spec.afterPooling, `down${level}.pooled`);
  }
  x = addConvolutions(x, spec, { filters: spec.filters.at(-1) as number, name: 'bottom' });
  for (const { filters, level } of levels.toReversed()) {
    const name = `up${level}`;
    const skip = skips[level - 1] as SymbolicTensor;
    const doubled = cropTo(skip, double(x, spec, { filters, name: `${name}.upsampling` }), `${name}.crop`);
    x = addSteps(concatenate([doubled, skip], `${name}.concatenation`), spec.afterConcatenation, `${name}.joined`);
    x = addConvolutions(x, spec, { filters, name });
  }
  const logits = spec.stem
    ? cropTo(image, convolveUp(x, { filters: classes, kernelSize: 2, name: 'logits' }), 'logits.crop')
    : convolve(x, { filters: classes, kernelSize: spec.outputKernelSize, name: 'logits' });
  return model({ inputs: image, outputs: logits });
}

function addStem(image: SymbolicTensor, spec: UnetSpec, { filters, kernelSize }: UnetStem): SymbolicTensor {
  return addSteps(convolve(image, { filters, kernelSize, strides: 2, name: 'stem' }), spec.afterConvolution, 'stem');
}

interface Part {
  readonly filters: number;
  readonly name: string;
}

function addConvolutions(x: SymbolicTensor, spec: UnetSpec, { filters, name }: Part): SymbolicTensor {
  let out = x;
  for (let n = 1; n <= CONVOLUTIONS; n++) {
    out = convolve(out, { filters, kernelSize: 3, name: `${name}.convolution${n}` });
    out = addSteps(out, spec.afterConvolution, `${name}.convolution${n}`);
  }
  return out;
}

/** `same` rounds odd sizes up; the row or column that it adds never wins a maximum. */
function halve(x: SymbolicTensor, name: string): SymbolicTensor {
  return apply(layers.maxPooling2d({ poolSize: 2, strides: 2, padding: 'same', name }), x);
}

function double(x: SymbolicTensor, { upsampling }: UnetSpec, { filters, name }: Part): SymbolicTensor {
  if (upsampling.kind === 'bilinear') return apply(new BilinearUpsampling2D({ name }), x);
  return convolveUp(x, { filters, kernelSize: upsampling.kernelSize, name });
}

function addSteps(x: SymbolicTensor, steps: readonly UnetStep[], name: string): SymbolicTensor {
  return steps.reduce((value, step) => addStep(value, step, `${name}.${step.kind}`), x);
}

function addStep(x: SymbolicTensor, step: UnetStep, name: string): SymbolicTensor {
  switch (step.kind) {
    case 'relu':
      return rectify(x, name);
    case 'normalize':
      return normalize(x, { ...step, name });
    case 'drop-channels':
      return apply(new SpatialDropout2D({ name, rate: step.rate }), x);
    case 'drop-values':
      return apply(new SeededDropout({ name, rate: step.rate }), x);
  }
}
