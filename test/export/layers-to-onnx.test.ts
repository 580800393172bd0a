import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { VoxwatchError } from '../../core/errors.ts';
import * as custom from './custom-layers.ts';
import { compareOnRandomInput, encodeNetwork, networkOf } from './onnx-fixtures.ts';

/** The bound of design.md §6. */
const LOGIT_TOLERANCE = 1e-4;

const { layers } = tfl;
type Build = (input: tfl.SymbolicTensor) => tfl.SymbolicTensor;
const call =
  (layer: { apply(input: tfl.SymbolicTensor): unknown }): Build =>
  (input) =>
    layer.apply(input) as tfl.SymbolicTensor;

/** Even and odd sizes, wide and tall: padding shows its uneven share only on some of them. */
const SIZES = [
  [8, 8],
  [7, 9],
  [10, 5],
] as const;

const CASES: readonly (readonly [name: string, build: () => Build])[] = [
  ['Conv2D 3×3 same', () => call(layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }))],
  ['Conv2D 3×3 valid without bias', () => call(layers.conv2d({ filters: 4, kernelSize: 3, padding: 'valid', useBias: false }))],
  ['Conv2D 3×3 same, stride 2', () => call(layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }))],
  ['Conv2D 2×2 same, stride 2', () => call(layers.conv2d({ filters: 4, kernelSize: 2, strides: 2, padding: 'same' }))],
  ['Conv2D 2×2 same, stride 1', () => call(layers.conv2d({ filters: 4, kernelSize: 2, padding: 'same' }))],
  ['Conv2D 3×3 valid, stride 2', () => call(layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'valid' }))],
  ['Conv2D 1×1, stride 2', () => call(layers.conv2d({ filters: 4, kernelSize: 1, strides: 2, padding: 'same' }))],
  ['Conv2D 5×1', () => call(layers.conv2d({ filters: 4, kernelSize: [5, 1], padding: 'same', useBias: false }))],
  ['Conv2D 1×5', () => call(layers.conv2d({ filters: 4, kernelSize: [1, 5], padding: 'same' }))],
  ['Conv2D dilated 2', () => call(layers.conv2d({ filters: 4, kernelSize: 3, dilationRate: 2, padding: 'same' }))],
  ['Conv2D with ReLU inside', () => call(layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }))],
  ['Conv2D with softmax inside', () => call(layers.conv2d({ filters: 4, kernelSize: 1, activation: 'softmax' }))],
  [
    'Conv2DTranspose 3×3 same, stride 2',
    () => call(layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' })),
  ],
  [
    'Conv2DTranspose 2×2 same, stride 2',
    () => call(layers.conv2dTranspose({ filters: 4, kernelSize: 2, strides: 2, padding: 'same', useBias: false })),
  ],
  [
    'Conv2DTranspose 4×4 same, stride 2',
    () => call(layers.conv2dTranspose({ filters: 4, kernelSize: 4, strides: 2, padding: 'same' })),
  ],
  [
    'Conv2DTranspose 3×3 valid, stride 2',
    () => call(layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'valid' })),
  ],
  [
    'Conv2DTranspose 1×1 same, stride 2',
    () => call(layers.conv2dTranspose({ filters: 4, kernelSize: 1, strides: 2, padding: 'same' })),
  ],
  [
    'Conv2DTranspose 3×3 same, stride 1',
    () => call(layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 1, padding: 'same' })),
  ],
  ['MaxPooling2D 2×2', () => call(layers.maxPooling2d({ poolSize: 2, strides: 2 }))],
  ['MaxPooling2D 2×2 same', () => call(layers.maxPooling2d({ poolSize: 2, strides: 2, padding: 'same' }))],
  ['MaxPooling2D 3×3 same, stride 2', () => call(layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }))],
  ['AveragePooling2D 3×3 same, stride 2', () => call(layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }))],
  ['BatchNormalization', () => call(layers.batchNormalization())],
  ['BatchNormalization without gamma, other epsilon', () => call(layers.batchNormalization({ scale: false, epsilon: 0.1 }))],
  ['BatchNormalization without beta', () => call(layers.batchNormalization({ center: false }))],
  ['PReLU shared over the image', () => call(layers.prelu({ sharedAxes: [1, 2] }))],
  ['ReLU', () => call(layers.reLU())],
  ['ReLU with a limit', () => call(layers.reLU({ maxValue: 0.5 }))],
  ['LeakyReLU', () => call(layers.leakyReLU({ alpha: 0.2 }))],
  ['Softmax', () => call(layers.softmax({ axis: -1 }))],
  ['Activation sigmoid', () => call(layers.activation({ activation: 'sigmoid' }))],
  ['Dropout', () => call(layers.dropout({ rate: 0.5 }))],
  [
    'ZeroPadding2D',
    () =>
      call(
        layers.zeroPadding2d({
          padding: [
            [1, 0],
            [2, 3],
          ],
        }),
      ),
  ],
  [
    'DilatedConvolution2D 4',
    () => call(new custom.DilatedConvolution2D({ filters: 4, kernelSize: 3, dilationRate: 4, useBias: false })),
  ],
  [
    'DilatedConvolution2D 2 with bias',
    () => call(new custom.DilatedConvolution2D({ filters: 4, kernelSize: 3, dilationRate: 2, useBias: true })),
  ],
  ['FusedBatchNormalization', () => call(new custom.FusedBatchNormalization({}))],
  ['ChannelPadding', () => call(new custom.ChannelPadding({ channels: 7 }))],
  ['ChannelPReLU', () => call(new custom.ChannelPReLU({}))],
  ['SpatialDropout2D', () => call(new custom.SpatialDropout2D({}))],
  ['Add of two', () => (x) => layers.add().apply([x, call(layers.conv2d({ filters: 3, kernelSize: 1 }))(x)]) as tfl.SymbolicTensor],
  ['Add of three', () => (x) => layers.add().apply([x, x, call(layers.reLU())(x)]) as tfl.SymbolicTensor],
  [
    'Concatenate',
    () => (x) => layers.concatenate().apply([x, call(layers.conv2d({ filters: 2, kernelSize: 1 }))(x)]) as tfl.SymbolicTensor,
  ],
];

describe('a layer in ONNX Runtime gives what it gives in TensorFlow.js', () => {
  it.each(CASES)('%s', async (_, build) => {
    for (const [height, width] of SIZES) {
      const model = networkOf([height, width, 3], build());
      for (const batch of [1, 2]) {
        const { largest } = await compareOnRandomInput(model, [height, width, 3], batch);
        expect(largest).toBeLessThanOrEqual(LOGIT_TOLERANCE);
      }
    }
  });
});

describe('folding a normalisation into the convolution before it', () => {
  const operatorsOf = (model: tfl.LayersModel) => encodeNetwork(model, [7, 9, 3]).graph.nodes.map(({ operator }) => operator);
  const pair = (options: { activation?: 'relu'; useBias?: boolean }, transposed = false) =>
    networkOf([7, 9, 3], (x) => {
      const make = transposed ? layers.conv2dTranspose : layers.conv2d;
      const convolved = call(make.call(layers, { filters: 4, kernelSize: 3, padding: 'same', ...options }))(x);
      return call(layers.batchNormalization())(convolved);
    });

  it.each([
    ['with bias', () => pair({})],
    ['without bias', () => pair({ useBias: false })],
    ['transposed', () => pair({}, true)],
  ] as const)('changes nothing: %s', async (_, make) => {
    const model = make();
    expect(operatorsOf(model)).not.toContain('BatchNormalization');
    for (const foldNormalizations of [true, false])
      expect((await compareOnRandomInput(model, [7, 9, 3], 2, { foldNormalizations })).largest).toBeLessThanOrEqual(1e-5);
  });

  it('is not done across an activation', async () => {
    const model = pair({ activation: 'relu' });
    expect(operatorsOf(model)).toContain('BatchNormalization');
    expect((await compareOnRandomInput(model, [7, 9, 3], 1)).largest).toBeLessThanOrEqual(LOGIT_TOLERANCE);
  });

  it('is not done where something else reads the convolution too', async () => {
    const model = networkOf([7, 9, 3], (x) => {
      const convolved = call(layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' }))(x);
      return layers.add().apply([convolved, call(layers.batchNormalization())(convolved)]) as tfl.SymbolicTensor;
    });
    expect(operatorsOf(model)).toContain('BatchNormalization');
    expect((await compareOnRandomInput(model, [7, 9, 3], 1)).largest).toBeLessThanOrEqual(LOGIT_TOLERANCE);
  });
});

describe('the walk over the network', () => {
  it('writes a layer that is called twice once a call', async () => {
    const shared = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' });
    const model = networkOf([6, 6, 3], (x) => call(shared)(call(shared)(x)));
    expect(encodeNetwork(model, [6, 6, 3]).graph.nodes.filter(({ operator }) => operator === 'Conv')).toHaveLength(2);
    expect((await compareOnRandomInput(model, [6, 6, 3], 1)).largest).toBeLessThanOrEqual(LOGIT_TOLERANCE);
  });

  it('takes a network of free size at the size it is told', async () => {
    const model = networkOf([null, null, 3], call(layers.conv2d({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' })));
    expect((await compareOnRandomInput(model, [7, 10, 3], 1)).shape).toEqual([1, 3, 4, 5]);
  });

  it.each([
    ['a class without a rule', () => call(new custom.Unknown({})), /Unknown \(unknown\w*, layer 2 of 2\)/],
    ['a slope a pixel', () => call(layers.prelu()), /PReLU .*slopes are not one a channel/],
    ['an unknown activation', () => call(layers.conv2d({ filters: 2, kernelSize: 1, activation: 'tanh' })), /activation is "tanh"/],
    [
      'channels first',
      () => call(layers.maxPooling2d({ poolSize: 2, dataFormat: 'channelsFirst' })),
      /dataFormat is "channelsFirst"/,
    ],
    ['an image that is flattened', () => call(layers.flatten()), /Flatten/],
  ] as const)('refuses %s by name', (_, build, message) => {
    const model = networkOf([6, 6, 3], build());
    const attempt = () => encodeNetwork(model, [6, 6, 3]);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(VoxwatchError);
  });

  it('refuses an input of another size', () => {
    const model = networkOf([6, 6, 3], call(layers.reLU()));
    expect(() => encodeNetwork(model, [8, 6, 3])).toThrow(/expects an input of 6 × 6 × 3; the stage gives 8 × 6 × 3/);
  });
});
