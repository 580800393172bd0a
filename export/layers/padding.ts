/**
 * TensorFlow's `same` and `valid` padding → ONNX `pads` [top, left, bottom, right].
 *
 * Source: tfjs-core `conv_util.ts` (what `same` needs beyond an even share goes to the bottom and right) and
 * tfjs-layers `conv_utils.ts` `deconvLength`. ONNX's `SAME_UPPER` means the same, but explicit pads leave nothing to a
 * provider: it is used only where the pads depend on a size that is not known yet.
 * @module
 */
import type { OnnxAttribute } from '../onnx/encode.ts';
import { type LayerCall, pairOption, requireOption, singleInput, unsupported } from './layer-call.ts';

/** A convolution or pooling window that walks over a layer's input. */
export interface SlidingWindow {
  readonly window: readonly [rows: number, columns: number];
  readonly padding: 'valid' | 'same';
  readonly dilations?: readonly [rows: number, columns: number];
}

type Attributes = Readonly<Record<string, OnnxAttribute>>;
/** Pixels added before and after a row or column. */
type Share = readonly [before: number, after: number];

/** Attributes for a window that walks over the layer's input with the layer's strides. */
export function windowPads(call: LayerCall, { window, padding, dilations = [1, 1] }: SlidingWindow): Attributes {
  if (padding === 'valid') return { pads: [0, 0, 0, 0] };
  const strides = pairOption(call, 'strides');
  const reaches = window.map((pixels, axis) => (pixels - 1) * (dilations[axis] as number) + 1);
  const shares = singleInput(call).spatial.map((input, axis): Share | undefined => {
    const [stride, reach] = [strides[axis] as number, reaches[axis] as number];
    if (stride === 1 || reach === 1) return split(reach - 1);
    return input === null ? undefined : split(Math.max(0, (Math.ceil(input / stride) - 1) * stride + reach - input));
  });
  const [rows, columns] = shares;
  if (rows && columns) return { pads: [rows[0], columns[0], rows[1], columns[1]] };
  // ONNX Runtime works out negative pads for some sizes, and stops at them.
  if (strides.some((stride, axis) => stride > (reaches[axis] as number)))
    throw unsupported(call, 'its stride is larger than its window, and the size of its input is not known');
  return { auto_pad: 'SAME_UPPER' };
}

/**
 * Attributes of a transposed convolution: its pads, and what to add at its end where the stride is larger than the kernel.
 * For kernel 3 and stride 2 with `same`: nothing before, 1 after, so that n pixels become 2 n.
 */
export function transposedPads(call: LayerCall, kernel: readonly [number, number]): Attributes {
  const strides = pairOption(call, 'strides');
  const isSame = paddingOption(call) === 'same';
  const along = (axis: 0 | 1): Share => split(isSame ? Math.max(0, kernel[axis] - strides[axis]) : 0);
  const [[top, bottom], [left, right]] = [along(0), along(1)];
  return {
    pads: [top, left, bottom, right],
    output_padding: [Math.max(0, strides[0] - kernel[0]), Math.max(0, strides[1] - kernel[1])],
  };
}

/** A layer's `padding` option. */
export function paddingOption(call: LayerCall): SlidingWindow['padding'] {
  return requireOption(call, 'padding', ['valid', 'same']) === 'same' ? 'same' : 'valid';
}

function split(total: number): Share {
  const before = Math.floor(total / 2);
  return [before, total - before];
}
