/**
 * A network with every part of the ENet of `kidney-enet-cascade` once, small enough for the plain cpu backend, with
 * statistics and slices to feed it.
 * @module
 */
import * as tfl from '@tensorflow/tfjs-layers';
import type { HuSlice } from '../../export/reference-stage.ts';
import type { FeatureWiseStatistics } from '../../preprocess/feature-wise.ts';
import { ChannelPadding, ChannelPReLU, DilatedConvolution2D, FusedBatchNormalization, SpatialDropout2D } from './custom-layers.ts';
import { networkOf, randomNumbers } from './onnx-fixtures.ts';

const { layers } = tfl;
type Value = tfl.SymbolicTensor;

/** Input [N, size, size, 1], logits [N, size, size, classes]; `size` a multiple of 8. */
export function smallEnet([width, height]: readonly [number, number], classes: number): tfl.LayersModel {
  return networkOf([height, width, 1], (input) => {
    const initial = layers.concatenate().apply([conv(input, 7, { strides: 2 }), pool(input)]) as Value;
    const down = bottleneckDown(normalized(initial), 16);
    const dilated = residual(down, (x) =>
      apply(new DilatedConvolution2D({ filters: 4, kernelSize: 3, dilationRate: 2, useBias: false }), x),
    );
    const asymmetric = residual(dilated, (x) =>
      conv(conv(x, 4, { kernelSize: [5, 1], useBias: false }), 4, { kernelSize: [1, 5] }),
    );
    const up = apply(layers.conv2dTranspose({ filters: 8, kernelSize: 3, strides: 2, padding: 'same' }), asymmetric);
    return apply(layers.conv2dTranspose({ filters: classes, kernelSize: 2, strides: 2, padding: 'same' }), activated(up));
  });
}

function bottleneckDown(input: Value, filters: number): Value {
  const narrow = activated(conv(input, 4, { kernelSize: 2, strides: 2, useBias: false }));
  const wide = apply(new SpatialDropout2D({}), normalized(conv(narrow, filters, { kernelSize: 1, useBias: false })));
  return apply(
    new ChannelPReLU({}),
    layers.add().apply([apply(new ChannelPadding({ channels: filters }), pool(input)), wide]) as Value,
  );
}

function residual(input: Value, middle: (value: Value) => Value): Value {
  const narrow = activated(conv(input, 4, { kernelSize: 1, useBias: false }));
  const wide = normalized(conv(activated(middle(narrow)), 16, { kernelSize: 1, useBias: false }));
  return apply(new ChannelPReLU({}), layers.add().apply([input, wide]) as Value);
}

const apply = (layer: { apply(input: Value): unknown }, input: Value): Value => layer.apply(input) as Value;
const normalized = (input: Value): Value => apply(new FusedBatchNormalization({}), input);
const activated = (input: Value): Value => apply(layers.prelu({ sharedAxes: [1, 2] }), normalized(input));
const pool = (input: Value): Value => apply(layers.maxPooling2d({ poolSize: 2, strides: 2 }), input);
const conv = (input: Value, filters: number, options: Partial<Parameters<typeof layers.conv2d>[0]> = {}): Value =>
  apply(layers.conv2d({ filters, kernelSize: 3, padding: 'same', ...options }), input);

/** Statistics with a mean and a deviation of their own for each pixel. */
export function statisticsOf(sizePixels: readonly [number, number]): FeatureWiseStatistics {
  const next = randomNumbers(3);
  const pixels = { length: sizePixels[0] * sizePixels[1] };
  return {
    sizePixels,
    mean: Float32Array.from(pixels, () => 100 * next()),
    standardDeviation: Float32Array.from(pixels, () => 200 + 150 * next()),
    clampHu: [-1024, 1500],
    standardDeviationFloorHu: 50,
  };
}

/** Noise with outliers far outside the clamp, as in case_00166 of report 003. */
export function huSlice(sizePixels: readonly [number, number], seed = 5): HuSlice {
  const next = randomNumbers(seed);
  const hu = Int16Array.from({ length: sizePixels[0] * sizePixels[1] }, (_, p) =>
    p % 97 === 0 ? 18326 : p % 89 === 0 ? -6986 : 400 * next(),
  );
  return { hu, sizePixels };
}
