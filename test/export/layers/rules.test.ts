/** Every rule: each class of layer, with the options that change its padding, its weights or its operators. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../../export/layers/rules.ts';
import { BilinearUpsampling2D } from '../../../train/layers/bilinear-upsampling.ts';
import { CropToMatch } from '../../../train/layers/crop-to-match.ts';
import { SeededDropout } from '../../../train/layers/seeded-dropout.ts';
import * as custom from '../custom-layers.ts';
import { compareOnRandomInput, encodeNetwork, networkOf, openNetwork } from '../onnx-fixtures.ts';

/** The bound of design.md §6. */
const LOGIT_TOLERANCE = 1e-4;

const { layers } = tfl;
type Value = tfl.SymbolicTensor;
type Build = (input: Value) => Value;
const call =
  (layer: { apply(input: Value): unknown }): Build =>
  (input) =>
    layer.apply(input) as Value;
const merge =
  (layer: { apply(inputs: Value[]): unknown }, ...others: readonly Build[]): Build =>
  (x) =>
    layer.apply([x, ...others.map((build) => build(x))]) as Value;
const conv = (filters: number, options: Partial<Parameters<typeof layers.conv2d>[0]> = {}): Build =>
  call(layers.conv2d({ filters, kernelSize: 1, ...options }));
const inTurn =
  (...builds: readonly Build[]): Build =>
  (x) =>
    builds.reduce((value, build) => build(value), x);

/** Even and odd sizes, wide and tall: padding shows its uneven share only on some of them. With a batch each. */
const SIZES = [
  [8, 8, 1],
  [7, 9, 2],
  [10, 5, 3],
] as const;

const ACTIVATIONS = ['elu', 'gelu', 'gelu_new', 'hardSigmoid', 'linear', 'logSoftmax', 'mish', 'relu', 'relu6', 'selu'] as const;
const MORE_ACTIVATIONS = ['sigmoid', 'softmax', 'softplus', 'softsign', 'swish', 'tanh'] as const;

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
  ...[...ACTIVATIONS, ...MORE_ACTIVATIONS].map(
    (activation) => [`Activation ${activation}`, () => call(layers.activation({ activation } as never))] as const,
  ),
  ['ELU', () => call(layers.elu())],
  ['ThresholdedReLU', () => call(layers.thresholdedReLU({ theta: 0.3 }))],
  ['PReLU shared over the rows', () => call(layers.prelu({ sharedAxes: [1] }))],
  ['PReLU shared over the channels', () => call(layers.prelu({ sharedAxes: [3] }))],
  ['PReLU not shared', () => call(layers.prelu())],
  ['Softmax over its axis in a list', () => call(layers.softmax({ axis: [3] }))],
  ['DepthwiseConv2D 3×3 same', () => call(layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }))],
  ['DepthwiseConv2D 2×3 valid', () => call(layers.depthwiseConv2d({ kernelSize: [2, 3], depthMultiplier: 2, useBias: false }))],
  [
    'DepthwiseConv2D 3×3 same, stride 2, ReLU inside',
    () => call(layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same', depthMultiplier: 3, activation: 'relu' })),
  ],
  // tfjs-layers computes without the rate that it is given.
  ['DepthwiseConv2D said to be dilated', () => call(layers.depthwiseConv2d({ kernelSize: 3, dilationRate: 2, padding: 'same' }))],
  ['SeparableConv2D 3×3 same', () => call(layers.separableConv2d({ filters: 4, kernelSize: 3, padding: 'same' }))],
  [
    'SeparableConv2D 3×3, stride 2, without bias',
    () =>
      call(layers.separableConv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', depthMultiplier: 2, useBias: false })),
  ],
  [
    'SeparableConv2D 3×3 dilated 2, tanh inside',
    () => call(layers.separableConv2d({ filters: 4, kernelSize: 3, dilationRate: 2, padding: 'same', activation: 'tanh' })),
  ],
  [
    'Conv2DTranspose 2×3 valid, stride 3×1',
    () => call(layers.conv2dTranspose({ filters: 2, kernelSize: [2, 3], strides: [3, 1], padding: 'valid', activation: 'elu' })),
  ],
  ['MaxPooling2D 1×1, stride 2, same', () => call(layers.maxPooling2d({ poolSize: 1, strides: 2, padding: 'same' }))],
  ['MaxPooling2D 2×3, stride 3×1, same', () => call(layers.maxPooling2d({ poolSize: [2, 3], strides: [3, 1], padding: 'same' }))],
  ['AveragePooling2D 3×3, stride 1, same', () => call(layers.averagePooling2d({ poolSize: 3, strides: 1, padding: 'same' }))],
  ['AveragePooling2D 2×2, stride 3, same', () => call(layers.averagePooling2d({ poolSize: 2, strides: 3, padding: 'same' }))],
  ['GlobalAveragePooling2D', () => call(layers.globalAveragePooling2d({}))],
  ['GlobalMaxPooling2D', () => call(layers.globalMaxPooling2d({}))],
  ['LayerNormalization over the channels', () => call(layers.layerNormalization())],
  ['LayerNormalization over the image', () => call(layers.layerNormalization({ axis: [1, 2, 3], epsilon: 0.1 }))],
  ['LayerNormalization over the rows, without gamma', () => call(layers.layerNormalization({ axis: [1], scale: false }))],
  [
    'LayerNormalization over columns and channels, without beta',
    () => call(layers.layerNormalization({ axis: [2, 3], center: false })),
  ],
  ['Rescaling', () => call(layers.rescaling({ scale: 0.5, offset: -2 }))],
  ['GaussianNoise', () => call(layers.gaussianNoise({ stddev: 1 }))],
  ['GaussianDropout', () => call(layers.gaussianDropout({ rate: 0.5 }))],
  ['AlphaDropout', () => call(layers.alphaDropout({ rate: 0.5 }))],
  ['SeededDropout', () => call(new SeededDropout({ rate: 0.5 }))],
  ['Average of three', () => merge(layers.average(), conv(3), call(layers.reLU()))],
  ['Maximum of two', () => merge(layers.maximum(), conv(3))],
  ['Minimum of three', () => merge(layers.minimum(), conv(3), conv(3))],
  ['Multiply of three', () => merge(layers.multiply(), conv(3), conv(3))],
  ['Multiply by one channel', () => merge(layers.multiply(), conv(1, { activation: 'sigmoid' }))],
  // Squeeze and excitation, without the reshape that Keras would need.
  [
    'Multiply by a vector',
    () =>
      merge(
        layers.multiply(),
        inTurn(call(layers.globalAveragePooling2d({})), call(layers.dense({ units: 3, activation: 'sigmoid' }))),
      ),
  ],
  ['Concatenate along the rows', () => merge(layers.concatenate({ axis: 1 }), conv(3))],
  ['Concatenate along the columns', () => merge(layers.concatenate({ axis: 2 }), conv(3))],
  [
    'Concatenate of vectors',
    () => inTurn(call(layers.globalMaxPooling2d({})), merge(layers.concatenate(), call(layers.dense({ units: 2 })))),
  ],
  [
    'Cropping2D',
    () =>
      call(
        layers.cropping2D({
          cropping: [
            [1, 0],
            [2, 1],
          ],
        }),
      ),
  ],
  [
    'CropToMatch',
    () =>
      inTurn(
        call(layers.zeroPadding2d({ padding: 1 })),
        (x) => new CropToMatch({}).apply([x, conv(1, { kernelSize: 2 })(x)]) as Value,
      ),
  ],
  ['CropToMatch of equal sizes', () => merge(new CropToMatch({}), conv(2))],
  ['UpSampling2D nearest', () => call(layers.upSampling2d({ size: [2, 3] }))],
  ['UpSampling2D bilinear', () => call(layers.upSampling2d({ size: [3, 2], interpolation: 'bilinear' }))],
  ['BilinearUpsampling2D', () => call(new BilinearUpsampling2D({}))],
  [
    'BilinearUpsampling2D of one row',
    () =>
      inTurn(
        call(layers.globalMaxPooling2d({})),
        call(layers.reshape({ targetShape: [1, 3, 1] })),
        call(new BilinearUpsampling2D({})),
      ),
  ],
  ['Dense at each pixel', () => call(layers.dense({ units: 4, activation: 'relu' }))],
  [
    'Dense without bias at each step of a sequence',
    () => inTurn(call(layers.reshape({ targetShape: [-1, 3] })), call(layers.dense({ units: 4, useBias: false }))),
  ],
  ['Flatten, then Dense', () => inTurn(call(layers.flatten()), call(layers.dense({ units: 4 })))],
  ['Reshape that keeps the channels', () => call(layers.reshape({ targetShape: [1, -1, 3] }))],
  ['Reshape that mixes them', () => call(layers.reshape({ targetShape: [3, 1, -1] }))],
  ['Reshape from one channel', () => inTurn(conv(1), call(layers.reshape({ targetShape: [-1] })))],
  ['Permute', () => call(layers.permute({ dims: [3, 1, 2] }))],
  ['Permute of rows and columns', () => call(layers.permute({ dims: [2, 1, 3] }))],
  ['SpatialDropout1D', () => inTurn(call(layers.reshape({ targetShape: [-1, 3] })), call(layers.spatialDropout1d({ rate: 0.5 })))],
  ...(
    [
      [
        [2, 1],
        [-1, 3],
        [3, -1],
      ],
      [1, [3, -1], [3, -1]],
      [-1, [-1, 3], [-1, 3]],
      [
        [1, 2],
        [3, -1],
        [-1, 3],
      ],
    ] as const
  ).map(
    ([axes, left, right]) =>
      [
        `Dot along ${axes} of ${left} and ${right}`,
        () => (x: Value) =>
          layers
            .dot({ axes: axes as unknown as number })
            .apply([left, right].map((targetShape) => call(layers.reshape({ targetShape: [...targetShape] }))(x))) as Value,
      ] as const,
  ),
];

describe('a layer in ONNX Runtime gives what it gives in TensorFlow.js', () => {
  it.each(CASES)('%s', async (_, build) => {
    for (const [height, width, batch] of SIZES) {
      const model = networkOf([height, width, 3], build());
      const { largest } = await compareOnRandomInput(model, [height, width, 3], batch);
      expect(largest).toBeLessThanOrEqual(LOGIT_TOLERANCE);
    }
  });

  it.each([
    [[-2, 0.25, 1], 'Max'],
    [[0.25, 1.01, 3], 'PRelu'],
  ] as const)('PReLU with slopes %j is a %s', async (slopes, operator) => {
    const model = networkOf([6, 5, 3], call(layers.prelu({ sharedAxes: [1, 2] })));
    model.setWeights([tf.tensor(Float32Array.from(slopes), [1, 1, 3])]);
    const { bytes, graph } = encodeNetwork(model, [6, 5, 3]);
    expect(graph.nodes.map((node) => node.operator)).toContain(operator);
    const network = await openNetwork(model, bytes);
    const { largest } = await network.compare([2, 6, 5, 3]);
    await network.release();
    expect(largest).toBe(0);
  });

  it('and no rule is without a case', () => {
    const tested = CASES.flatMap(([, build]) => networkOf([8, 8, 3], build()).layers.map((layer) => layer.getClassName()));
    expect(Object.keys(RULES).filter((className) => !tested.includes(className))).toEqual([]);
  });
});
