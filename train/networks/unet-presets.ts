/**
 * The three published U-Nets of reports 000, 001 and 002, as values. What a report leaves open is said here.
 * @module
 */
import type { UnetSpec, UnetStep } from './network-spec.ts';

const RELU: UnetStep = { kind: 'relu' };

/** `nn.BatchNorm2d`'s own epsilon, with the momentum that report 000 gives. */
const PYTORCH_NORMALIZATION: UnetStep = { kind: 'normalize', epsilon: 1e-5, momentum: 0.1 };

/** Keras' own: epsilon 0.001, momentum 0.99. */
const KERAS_NORMALIZATION: UnetStep = { kind: 'normalize', epsilon: 1e-3, momentum: 0.01 };

/** Report 002 says that there is dropout, not how much; this is what the Keras U-Net of its layer summary is known by. */
const BRAIN_DROPOUT: UnetStep = { kind: 'drop-values', rate: 0.1 };

/**
 * Report 000: `medicaltorch.models.Unet(drop_rate=0.4, bn_momentum=0.1)`. Three poolings, filters as in that class
 * (its bottom is no wider than the level above), ReLU before normalisation, whole channels dropped. That class itself
 * cannot take the report's 244 × 244, since 61 halves to 30 there; ours rounds up and cuts off.
 */
export const KIDNEY_UNET: UnetSpec = {
  kind: 'unet',
  filters: [64, 128, 256, 256],
  afterConvolution: [RELU, PYTORCH_NORMALIZATION, { kind: 'drop-channels', rate: 0.4 }],
  afterPooling: [],
  afterConcatenation: [],
  upsampling: { kind: 'bilinear' },
  outputKernelSize: 3,
};

/**
 * Report 001: U-Net "exactly like Figure 1", which is the classic. Convolutions keep the size, so that 512 × 512 give
 * 512 × 512; the dropout that the paper mentions at the end of the encoder is in neither its figure nor the report.
 */
export const LIVER_UNET: UnetSpec = {
  kind: 'unet',
  filters: [64, 128, 256, 512, 1024],
  afterConvolution: [RELU],
  afterPooling: [],
  afterConcatenation: [],
  upsampling: { kind: 'transposed-convolution', kernelSize: 2 },
  outputKernelSize: 1,
};

/** Report 002: 16, 32, … filters. Its layer summary breaks off at 32; four poolings and 3×3 up-convolutions are usual. */
export const BRAIN_UNET: UnetSpec = {
  kind: 'unet',
  filters: [16, 32, 64, 128, 256],
  afterConvolution: [KERAS_NORMALIZATION, RELU],
  afterPooling: [BRAIN_DROPOUT],
  afterConcatenation: [BRAIN_DROPOUT],
  upsampling: { kind: 'transposed-convolution', kernelSize: 3 },
  outputKernelSize: 1,
};

/**
 * For grids in millimetres on two CPU cores: most of the work is done at half of the resolution. The network of an
 * experiment with one labelled CT, see docs/synthesis.md.
 */
export const ABDOMEN_UNET: UnetSpec = {
  kind: 'unet',
  stem: { filters: 32, kernelSize: 4 },
  filters: [32, 64, 96, 128],
  afterConvolution: [PYTORCH_NORMALIZATION, RELU],
  afterPooling: [],
  afterConcatenation: [],
  upsampling: { kind: 'transposed-convolution', kernelSize: 2 },
  outputKernelSize: 1,
};

/** As ABDOMEN_UNET, for the second stage of a cascade: the grid is finer, so the network is narrower. */
export const LESION_UNET: UnetSpec = { ...ABDOMEN_UNET, stem: { filters: 24, kernelSize: 4 }, filters: [24, 48, 64, 96] };
