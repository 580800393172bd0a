/**
 * ResNet-34 without its classifier (He et al., arXiv:1512.03385), as torchvision builds it, so that its weights fit.
 *
 * PyTorch pads strided windows alike on all sides, TensorFlow's `same` only as much as is needed, at the bottom and
 * right: strided windows are padded by a layer of their own here. Layers are called `encoder.` + torchvision's names.
 * @module
 */
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { apply, channelsOf } from './apply-layer.ts';
import { normalize, rectify } from './network-parts.ts';

/** What the names of the encoder's layers begin with. */
export const ENCODER_PREFIX = 'encoder.';

/** `nn.BatchNorm2d`'s own. */
export const TORCHVISION_NORMALIZATION = { epsilon: 1e-5, momentum: 0.1 } as const;

/** Filters and blocks of each stage; every stage but the first halves the size. */
export type ResnetStages = readonly { readonly filters: number; readonly blocks: number }[];

/** Table 1 of the paper, 34 layers. */
export const RESNET34_STAGES: ResnetStages = [
  { filters: 64, blocks: 3 },
  { filters: 128, blocks: 4 },
  { filters: 256, blocks: 6 },
  { filters: 512, blocks: 3 },
];

/** Kernel of the first convolution. */
const STEM_KERNEL = 7;

/**
 * @param image - [N, H, W, C]
 * @returns what the encoder gives, largest first: the stem before its pooling at ⌈H/2⌉, then each stage at ⌈H/4⌉, ⌈H/8⌉ ….
 * The kernels are zeros.
 */
export function addResnetEncoder(image: SymbolicTensor, stages: ResnetStages = RESNET34_STAGES): SymbolicTensor[] {
  const filters = (stages[0] as ResnetStages[number]).filters;
  const first = convolve(image, { name: 'conv1', filters, kernelSize: STEM_KERNEL, stride: 2 });
  const stem = rectify(normalizeAs(first, 'bn1'), encoderName('relu'));
  // Zeros stand in for PyTorch's −∞ round the pooling: nothing after a rectifier is below them.
  const padded = pad(stem, 1, 'maxpool');
  let x = apply(layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'valid', name: encoderName('maxpool') }), padded);
  const outputs = [stem];
  stages.forEach((stage, index) => {
    for (let block = 0; block < stage.blocks; block++) {
      const stride = index > 0 && block === 0 ? 2 : 1;
      x = addBlock(x, { name: `layer${index + 1}.${block}`, filters: stage.filters, stride });
    }
    outputs.push(x);
  });
  return outputs;
}

/** A basic block: two convolutions, added to its input; where sizes differ, to a 1×1 convolution of its input. */
function addBlock(x: SymbolicTensor, { name, filters, stride }: Omit<Convolution, 'kernelSize'>): SymbolicTensor {
  let branch = convolve(x, { name: `${name}.conv1`, filters, kernelSize: 3, stride });
  branch = rectify(normalizeAs(branch, `${name}.bn1`), encoderName(`${name}.relu1`));
  branch = convolve(branch, { name: `${name}.conv2`, filters, kernelSize: 3, stride: 1 });
  branch = normalizeAs(branch, `${name}.bn2`);
  const isChanged = stride !== 1 || channelsOf(x) !== filters;
  const shortcut = isChanged
    ? normalizeAs(convolve(x, { name: `${name}.downsample.0`, filters, kernelSize: 1, stride }), `${name}.downsample.1`)
    : x;
  const sum = apply(layers.add({ name: encoderName(`${name}.add`) }), [branch, shortcut]);
  return rectify(sum, encoderName(`${name}.relu2`));
}

interface Convolution {
  readonly name: string;
  readonly filters: number;
  readonly kernelSize: number;
  readonly stride: 1 | 2;
}

function convolve(x: SymbolicTensor, { name, filters, kernelSize, stride }: Convolution): SymbolicTensor {
  const isPadded = stride > 1 && kernelSize > 1;
  const convolution = layers.conv2d({
    name: encoderName(name),
    filters,
    kernelSize,
    strides: stride,
    // Without a stride, `same` pads alike on all sides.
    padding: isPadded ? 'valid' : 'same',
    useBias: false,
    kernelInitializer: 'zeros',
  });
  return apply(convolution, isPadded ? pad(x, (kernelSize - 1) / 2, name) : x);
}

function pad(x: SymbolicTensor, pixels: number, name: string): SymbolicTensor {
  return apply(layers.zeroPadding2d({ padding: [pixels, pixels], name: encoderName(`${name}.padding`) }), x);
}

function normalizeAs(x: SymbolicTensor, name: string): SymbolicTensor {
  return normalize(x, { name: encoderName(name), ...TORCHVISION_NORMALIZATION });
}

function encoderName(name: string): string {
  return `${ENCODER_PREFIX}${name}`;
}
