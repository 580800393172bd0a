/**
 * TensorFlow's `same` and `valid` padding → ONNX `pads` [top, left, bottom, right].
 *
 * Source: tfjs-core `conv_util.ts` (what `same` needs beyond an even share goes to the bottom and right) and
 * `convolutional.ts` `deconvLength`. ONNX `SAME_UPPER` means the same, but explicit pads leave nothing to a provider.
 * @module
 */
import { type LayerCall, pairOption, requireOption, singleInput } from './layer-call.ts';

export type Pads = readonly [top: number, left: number, bottom: number, right: number];

/** A convolution or pooling window that walks over a layer's input. */
export interface SlidingWindow {
  readonly window: readonly [rows: number, columns: number];
  readonly padding: 'valid' | 'same';
  readonly dilations?: readonly [rows: number, columns: number];
}

/** Pads of a window that walks over the layer's input with the layer's strides. */
export function windowPads(call: LayerCall, { window, padding, dilations = [1, 1] }: SlidingWindow): Pads {
  if (padding === 'valid') return [0, 0, 0, 0];
  const { height, width } = singleInput(call);
  const strides = pairOption(call, 'strides');
  const along = (input: number, axis: 0 | 1): readonly [before: number, after: number] => {
    const reach = (window[axis] - 1) * dilations[axis] + 1;
    const output = Math.ceil(input / strides[axis]);
    return split(Math.max(0, (output - 1) * strides[axis] + reach - input));
  };
  const [top, bottom] = along(height, 0);
  const [left, right] = along(width, 1);
  return [top, left, bottom, right];
}

/**
 * Pads of a transposed convolution, and what to add at its end where the stride is larger than the kernel.
 * For kernel 3 and stride 2 with `same`: nothing before, 1 after, so that n pixels become 2 n.
 */
export function transposedPads(
  call: LayerCall,
  kernel: readonly [number, number],
): { pads: Pads; outputPadding: readonly number[] } {
  const strides = pairOption(call, 'strides');
  const isSame = paddingOption(call) === 'same';
  const along = (axis: 0 | 1) => split(isSame ? Math.max(0, kernel[axis] - strides[axis]) : 0);
  const [top, bottom] = along(0);
  const [left, right] = along(1);
  return {
    pads: [top, left, bottom, right],
    outputPadding: [Math.max(0, strides[0] - kernel[0]), Math.max(0, strides[1] - kernel[1])],
  };
}

/** A layer's `padding` option. */
export function paddingOption(call: LayerCall): SlidingWindow['padding'] {
  return requireOption(call, 'padding', ['valid', 'same']) === 'same' ? 'same' : 'valid';
}

function split(total: number): readonly [before: number, after: number] {
  const before = Math.floor(total / 2);
  return [before, total - before];
}
