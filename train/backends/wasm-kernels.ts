/**
 * Kernels that training needs and the WASM backend of tfjs 4.22 lacks, or has only in plain loops, made of those that it has.
 *
 * The gradient of a convolution with regard to its kernel is not there at all: it is a matrix product for each place of the
 * kernel. That with regard to its input is there, but slow: it is a convolution of the gradient, spread out by the strides,
 * with the kernel turned round.
 * @module
 */
import {
  type Attribute,
  backend_util,
  conv2d,
  getKernel,
  type KernelConfig,
  matMul,
  type NamedAttrMap,
  pad,
  registerKernel,
  reshape,
  reverse,
  slice,
  stack,
  stridedSlice,
  type Tensor,
  type Tensor4D,
  type TensorInfo,
  tidy,
  transpose,
  unregisterKernel,
} from '@tensorflow/tfjs-core';

type Shape4D = [number, number, number, number];
type ConvolutionInfo = ReturnType<typeof backend_util.computeConv2DInfo>;

const BACKEND = 'wasm';
const FILTER_GRADIENT = 'Conv2DBackpropFilter';
const INPUT_GRADIENT = 'Conv2DBackpropInput';

/** Registers them; more than once does no harm. */
export function registerWasmKernels(): void {
  replaceKernel(FILTER_GRADIENT, ({ x, dy }, attrs) => {
    const info = infoOf((x as Tensor4D).shape, attrs.filterShape as Shape4D, attrs);
    return filterGradient(x as Tensor4D, dy as Tensor4D, info);
  });
  replaceKernel(INPUT_GRADIENT, ({ dy, filter }, attrs) => {
    const info = infoOf(attrs.inputShape as Shape4D, (filter as Tensor4D).shape, attrs);
    return inputGradient(dy as Tensor4D, filter as Tensor4D, info);
  });
}

function replaceKernel(
  name: string,
  compute: (inputs: Record<string, TensorInfo | undefined>, attrs: NamedAttrMap) => Tensor,
): void {
  if (getKernel(name, BACKEND)) unregisterKernel(name, BACKEND);
  const config: KernelConfig = {
    kernelName: name,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs }) => tidy(() => compute(inputs, attrs ?? {})),
  };
  registerKernel(config);
}

function infoOf(inputShape: Shape4D, filterShape: Shape4D, attrs: NamedAttrMap): ConvolutionInfo {
  const { strides, pad: padding, dimRoundingMode } = attrs as Record<string, Attribute>;
  return backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides as [number, number],
    1,
    padding as 'same',
    dimRoundingMode as undefined,
  );
}

/** @returns [kh, kw, in, out]. */
function filterGradient(x: Tensor4D, dy: Tensor4D, info: ConvolutionInfo): Tensor {
  const { padInfo, filterHeight, filterWidth, inChannels, outChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  const padded = pad(x, [
    [0, 0],
    [padInfo.top, padInfo.bottom + strideHeight],
    [padInfo.left, padInfo.right + strideWidth],
    [0, 0],
  ]);
  const gradients = reshape(dy, [-1, outChannels]);
  const places = Array.from({ length: filterHeight * filterWidth }, (_, place) => {
    const [row, column] = [Math.floor(place / filterWidth), place % filterWidth];
    const [batch] = x.shape;
    const end = [batch, row + outHeight * strideHeight, column + outWidth * strideWidth, inChannels];
    const seen = stridedSlice(padded, [0, row, column, 0], end, [1, strideHeight, strideWidth, 1]);
    return matMul(reshape(seen, [-1, inChannels]), gradients, true);
  });
  return reshape(stack(places), [filterHeight, filterWidth, inChannels, outChannels]);
}

/** @returns of the input's shape. */
function inputGradient(dy: Tensor4D, filter: Tensor4D, info: ConvolutionInfo): Tensor {
  const { batchSize, inHeight, inWidth, outHeight, outWidth, outChannels, padInfo } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const between: [number, number][] = [
    [0, 0],
    [0, 0],
    [0, strideHeight - 1],
    [0, 0],
    [0, strideWidth - 1],
    [0, 0],
  ];
  const spread = reshape(pad(reshape(dy, [batchSize, outHeight, 1, outWidth, 1, outChannels]), between), [
    batchSize,
    outHeight * strideHeight,
    outWidth * strideWidth,
    outChannels,
  ]);
  const [top, left] = [filterHeight - 1 - padInfo.top, filterWidth - 1 - padInfo.left];
  const [height, width] = [inHeight + filterHeight - 1, inWidth + filterWidth - 1];
  // What the strides leave over below and right is cut off.
  const below = Math.max(0, height - top - outHeight * strideHeight);
  const right = Math.max(0, width - left - outWidth * strideWidth);
  const framed = slice(
    pad(spread, [
      [0, 0],
      [top, below],
      [left, right],
      [0, 0],
    ]),
    [0, 0, 0, 0],
    [batchSize, height, width, outChannels],
  );
  const turned = transpose(reverse(filter, [0, 1]), [0, 1, 3, 2]) as Tensor4D;
  return conv2d(framed as Tensor4D, turned, 1, 'valid');
}
