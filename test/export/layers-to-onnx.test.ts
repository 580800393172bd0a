import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { VoxwatchError } from '../../core/errors.ts';
import * as custom from './custom-layers.ts';
import { compareOnRandomInput, encodeNetwork, networkOf, openNetwork, randomizeWeights } from './onnx-fixtures.ts';

/** The bound of design.md §6. */
const LOGIT_TOLERANCE = 1e-4;

const { layers } = tfl;
type Build = (input: tfl.SymbolicTensor) => tfl.SymbolicTensor;
const call =
  (layer: { apply(input: tfl.SymbolicTensor): unknown }): Build =>
  (input) =>
    layer.apply(input) as tfl.SymbolicTensor;

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
    [
      'a class that tfjs-layers has and we do not',
      () => call(layers.resizing({ height: 3, width: 3 })),
      /Resizing \(resizing_\w+, layer 2 of 2\) cannot be exported: there is no rule/,
    ],
    ['a normalisation along the rows', () => call(layers.batchNormalization({ axis: 1 })), /BatchNormalization .*axis is 1/],
    ['a softmax along the rows', () => call(layers.softmax({ axis: 1 })), /Softmax .*axis is 1/],
    [
      'a window that the image is too small for',
      () => call(layers.conv2d({ filters: 1, kernelSize: 9 })),
      /size of its output is -2 × -2 × 1/,
    ],
    [
      'channels first',
      () => call(layers.maxPooling2d({ poolSize: 2, dataFormat: 'channelsFirst' })),
      /dataFormat is "channelsFirst"/,
    ],
  ] as const)('refuses %s by name', (_, build, message) => {
    const model = networkOf([6, 6, 3], build());
    const attempt = () => encodeNetwork(model, [6, 6, 3]);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(VoxwatchError);
  });

  it('refuses to join values of different sizes', () => {
    const halved = (x: tfl.SymbolicTensor) =>
      call(layers.upSampling2d({}))(call(layers.maxPooling2d({ poolSize: 2, padding: 'same' }))(x));
    const model = networkOf([null, null, 3], (x) => layers.concatenate().apply([x, halved(x)]) as tfl.SymbolicTensor);
    expect(() => encodeNetwork(model, [6, 7, 3])).toThrow(/Concatenate .*its inputs differ in size/);
    expect(() => encodeNetwork(model, [6, 8, 3])).not.toThrow();
  });

  it('refuses an axis that TensorFlow.js counts in two ways', () => {
    const model = networkOf([6, 6, 3], (x) => layers.concatenate({ axis: -2 }).apply([x, x]) as tfl.SymbolicTensor);
    expect(() => encodeNetwork(model, [6, 6, 3])).toThrow(/Concatenate .*axis is -2/);
  });

  it('refuses an input of another size', () => {
    const model = networkOf([6, 6, 3], call(layers.reLU()));
    expect(() => encodeNetwork(model, [8, 6, 3])).toThrow(/expects an input of 6 × 6 × 3; the stage gives 8 × 6 × 3/);
  });
});

describe('models in models', () => {
  const inner = (name: string) => {
    const x = tfl.input({ shape: [null, null, 3] });
    const skip = call(layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', name: `${name}-convolution` }))(x);
    return tfl.model({ inputs: x, outputs: layers.add().apply([x, skip]) as tfl.SymbolicTensor, name });
  };

  it('are walked through once a call, their layers named by their path', async () => {
    const block = inner('block');
    const model = networkOf([6, 7, 3], (x) => call(block)(call(layers.batchNormalization())(call(block)(x))));
    const names = encodeNetwork(model, [6, 7, 3]).graph.nodes.map(({ name }) => name);
    expect(names).toContain('block/block-convolution/convolution');
    expect(names).toContain('block/block-convolution:2/convolution');
    expect((await compareOnRandomInput(model, [6, 7, 3], 2)).largest).toBeLessThanOrEqual(LOGIT_TOLERANCE);
  });

  it('may be sequential, at the top too, and deeper', async () => {
    const deepest = tfl.sequential({
      layers: [layers.reLU({ inputShape: [6, 7, 3] }), layers.conv2d({ filters: 3, kernelSize: 1 })],
    });
    const middle = networkOf([6, 7, 3], (x) => call(inner('block'))(call(deepest)(x)));
    const top = tfl.sequential({ layers: [layers.zeroPadding2d({ inputShape: [4, 5, 3] }), middle, layers.softmax({ axis: -1 })] });
    randomizeWeights(top);
    expect((await compareOnRandomInput(top, [4, 5, 3], 2)).largest).toBeLessThanOrEqual(LOGIT_TOLERANCE);
  });

  it('are named in an error with their layer', () => {
    const x = tfl.input({ shape: [6, 6, 3] });
    const block = tfl.model({ inputs: x, outputs: call(new custom.Unknown({}))(x), name: 'block' });
    const model = networkOf([6, 6, 3], (input) => call(block)(call(layers.reLU())(input)));
    expect(() => encodeNetwork(model, [6, 6, 3])).toThrow(/Unknown \(block\/unknown\w*, layer 3 of 3\)/);
  });

  it('fold their normalisations across their edge', async () => {
    const x = tfl.input({ shape: [null, null, 4] });
    const normalization = tfl.model({ inputs: x, outputs: call(layers.batchNormalization())(x) });
    const model = networkOf([6, 6, 3], (input) => call(normalization)(call(layers.dense({ units: 4 }))(input)));
    expect(encodeNetwork(model, [6, 6, 3]).graph.nodes.map(({ operator }) => operator)).not.toContain('BatchNormalization');
    expect((await compareOnRandomInput(model, [6, 6, 3], 2)).largest).toBeLessThanOrEqual(LOGIT_TOLERANCE);
  });
});

describe('a network of free size', () => {
  const free = (build: Build) => networkOf([null, null, 3], build);
  const SIZES = [
    [1, 8, 8, 3],
    [2, 7, 9, 3],
    [3, 10, 5, 3],
  ] as const;

  it.each([
    ['strided convolution', call(layers.conv2d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }))],
    ['strided depthwise convolution', call(layers.depthwiseConv2d({ kernelSize: 4, strides: 3, padding: 'same' }))],
    ['dilated convolution', call(layers.conv2d({ filters: 2, kernelSize: 3, dilationRate: 3, padding: 'same' }))],
    ['strided convolution of one pixel', call(layers.conv2d({ filters: 2, kernelSize: 1, strides: 2, padding: 'same' }))],
    ['max-pooling', call(layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }))],
    ['mean-pooling', call(layers.averagePooling2d({ poolSize: 2, padding: 'same' }))],
    ['transposed convolution', call(layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }))],
    [
      'cropping',
      call(
        layers.cropping2D({
          cropping: [
            [1, 0],
            [0, 2],
          ],
        }),
      ),
    ],
    ['up-sampling', call(layers.upSampling2d({ size: [2, 3], interpolation: 'bilinear' }))],
    ['global pooling', call(layers.globalAveragePooling2d({}))],
  ] as const)('takes any with one graph: %s', async (_, build) => {
    const model = free(build);
    const network = await openNetwork(model, encodeNetwork(model, [null, null, 3]).bytes);
    for (const shape of SIZES) expect((await network.compare(shape)).largest).toBeLessThanOrEqual(LOGIT_TOLERANCE);
    await network.release();
  });

  it.each([
    ['a reshape', call(layers.reshape({ targetShape: [-1, 3] })), /Reshape .*size of its input is not known/],
    [
      'a stride beyond its window',
      call(layers.maxPooling2d({ poolSize: 2, strides: 3, padding: 'same' })),
      /stride is larger than its window/,
    ],
    ['channels that come from the width', call(layers.permute({ dims: [3, 1, 2] })), /Permute .*size of its output is/],
  ] as const)('is refused by name where a layer must know it: %s', (_, build, message) => {
    expect(() => encodeNetwork(free(build), [null, null, 3])).toThrow(message);
  });

  it('is refused for a network of fixed size', () => {
    const model = networkOf([6, 6, 3], call(layers.reLU()));
    expect(() => encodeNetwork(model, [null, 6, 3])).toThrow(/expects an input of 6 × 6 × 3; the stage gives any × 6 × 3/);
  });
});
