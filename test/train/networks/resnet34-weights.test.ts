import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { VoxwatchError } from '../../../core/errors.ts';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import type { ResnetStages } from '../../../train/networks/resnet34-encoder.ts';
import { buildResnet34Unet } from '../../../train/networks/resnet34-unet.ts';
import { setResnet34Weights } from '../../../train/networks/resnet34-weights.ts';
import { type FloatTensor, writeFloats } from '../../formats/safetensors/write-safetensors.ts';

/** One block a stage and few filters: what is checked is how names and axes are read. */
const STAGES: ResnetStages = [
  { filters: 2, blocks: 1 },
  { filters: 3, blocks: 1 },
];

/** torchvision's names and shapes for such a network. */
const SHAPES: Readonly<Record<string, readonly number[]>> = {
  'conv1.weight': [2, 3, 7, 7],
  ...normalization('bn1', 2),
  'layer1.0.conv1.weight': [2, 2, 3, 3],
  ...normalization('layer1.0.bn1', 2),
  'layer1.0.conv2.weight': [2, 2, 3, 3],
  ...normalization('layer1.0.bn2', 2),
  'layer2.0.conv1.weight': [3, 2, 3, 3],
  ...normalization('layer2.0.bn1', 3),
  'layer2.0.conv2.weight': [3, 3, 3, 3],
  ...normalization('layer2.0.bn2', 3),
  'layer2.0.downsample.0.weight': [3, 2, 1, 1],
  ...normalization('layer2.0.downsample.1', 3),
  'fc.weight': [1000, 3],
  'fc.bias': [1000],
};

function normalization(name: string, channels: number): Record<string, readonly number[]> {
  const parts = ['weight', 'bias', 'running_mean', 'running_var'].map((part) => [`${name}.${part}`, [channels]]);
  return { ...Object.fromEntries(parts), [`${name}.num_batches_tracked`]: [] };
}

function weights(): Record<string, FloatTensor> {
  const random = createRandom(1);
  return Object.fromEntries(
    Object.entries(SHAPES).map(([name, shape]) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return [name, { shape, values: Float32Array.from({ length }, () => random.normal(0, 1)) }];
    }),
  );
}

const network = (): LayersModel => buildResnet34Unet({ inputSize: [32, 32], channels: 3, classes: 3 }, STAGES);

function refusal(tensors: Record<string, FloatTensor>): VoxwatchError {
  try {
    setResnet34Weights(network(), writeFloats(tensors));
  } catch (thrown) {
    if (thrown instanceof VoxwatchError) return thrown;
    throw thrown;
  }
  throw new Error('the weights were taken');
}

beforeAll(async () => {
  await startBackend('cpu');
});

describe('setResnet34Weights', () => {
  it('puts every weight of a whole ResNet into the layer of its name, axes in our order', () => {
    const tensors = weights();
    const model = network();
    setResnet34Weights(model, writeFloats(tensors));
    const [kernel] = model.getLayer('encoder.layer2.0.conv1').getWeights();
    expect(kernel?.shape).toEqual([3, 3, 2, 3]);
    const ours = kernel?.dataSync() as Float32Array;
    const theirs = (tensors['layer2.0.conv1.weight'] as FloatTensor).values;
    for (const [o, i, r, c] of [
      [0, 0, 0, 0],
      [2, 1, 0, 1],
      [1, 0, 2, 1],
    ] as const)
      expect(ours[((r * 3 + c) * 2 + i) * 3 + o]).toBe(theirs[((o * 2 + i) * 3 + r) * 3 + c]);
    const normalized = model.getLayer('encoder.layer2.0.downsample.1').getWeights();
    expect(normalized.map((weight) => [...weight.dataSync()])).toEqual(
      ['weight', 'bias', 'running_mean', 'running_var'].map((part) => [
        ...(tensors[`layer2.0.downsample.1.${part}`] as FloatTensor).values,
      ]),
    );
  });

  it('leaves the decoder as it was', () => {
    const model = network();
    const decoder = () =>
      model.layers.flatMap(({ name, weights: own }) =>
        name.startsWith('encoder.') ? [] : own.map((weight) => [...weight.read().dataSync()]),
      );
    const before = decoder();
    setResnet34Weights(model, writeFloats(weights()));
    expect(decoder()).toEqual(before);
  });

  it('lists what is missing, of another shape and unknown, and changes nothing', () => {
    const { 'bn1.weight': _gone, ...tensors } = weights();
    tensors['layer1.0.conv1.weight'] = { shape: [2, 2, 1, 9], values: new Float32Array(36) };
    tensors['layer1.1.conv1.weight'] = { shape: [1], values: new Float32Array(1) };
    const error = refusal(tensors);
    expect(error.code).toBe('WEIGHTS_INVALID');
    expect(error.message).toBe(
      "The weights are not those of torchvision's ResNet-34: missing: bn1.weight; " +
        'of another shape: layer1.0.conv1.weight (2 × 2 × 1 × 9, not 2 × 2 × 3 × 3); unknown: layer1.1.conv1.weight.',
    );
    expect(error.details).toEqual({ missing: 1, misshapen: 1, unknown: 1 });
  });

  it('counts what it does not list, and shows no more of a strange name than its first plain characters', () => {
    const strange = Object.fromEntries(
      Array.from({ length: 9 }, (_, n) => [`${n}\u001b[31m\n${'x'.repeat(500)}`, { shape: [], values: Float32Array.of(0) }]),
    );
    const { message } = refusal({ ...weights(), ...strange });
    expect(message).toContain('unknown: 0?[31m?xxx');
    expect(message).toContain(' and 3 more.');
    expect(message.length).toBeLessThan(800);
  });

  it('refuses weights that are not numbers, and changes nothing', () => {
    const tensors = weights();
    (tensors['layer2.0.bn2.running_var'] as FloatTensor).values[1] = Number.NaN;
    const model = network();
    expect(() => setResnet34Weights(model, writeFloats(tensors))).toThrow(
      expect.objectContaining({ code: 'WEIGHTS_INVALID', message: expect.stringContaining('layer2.0.bn2.running_var') }),
    );
    expect(
      model
        .getLayer('encoder.conv1')
        .getWeights()[0]
        ?.dataSync()
        .every((value) => value === 0),
    ).toBe(true);
  });

  it('says so where the network takes other channels than the weights were trained on', () => {
    const grey = buildResnet34Unet({ inputSize: [32, 32], channels: 1, classes: 3 }, STAGES);
    expect(() => setResnet34Weights(grey, writeFloats(weights()))).toThrow(
      expect.objectContaining({ message: expect.stringContaining('conv1.weight (2 × 3 × 7 × 7, not 2 × 1 × 7 × 7)') }),
    );
  });
});
