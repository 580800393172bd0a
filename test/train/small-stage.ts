/**
 * A stage on a grid of 32 × 32 pixels and slices to train it on: a bright square is the organ, a brighter spot in it the
 * tumour.
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { affineFromColumns } from '../../core/affine.ts';
import { createRandom, type Random } from '../../core/random.ts';
import { createLabelMap, createVolume } from '../../core/volume.ts';
import type { FeatureWiseStatistics } from '../../preprocess/feature-wise.ts';
import type { Intensity } from '../../preprocess/intensity/intensity.ts';
import type { Augmentation } from '../../train/augmentation/augmentation.ts';
import { SliceStore } from '../../train/data/slice-store.ts';
import { ChannelPReLU } from '../../train/layers/channel-prelu.ts';
import { DilatedConvolution2D } from '../../train/layers/dilated-convolution.ts';
import { FusedBatchNormalization } from '../../train/layers/fused-batch-normalization.ts';
import { SpatialDropout2D } from '../../train/layers/spatial-dropout.ts';
import { PLAIN_ADAM } from '../../train/optimizer/optimizer-spec.ts';
import type { SampledPhase, StageRecipe } from '../../train/recipe.ts';

export const SIZE = 32;

export const NO_AUGMENTATION: Augmentation = [];

export function smallStage(changes: Partial<StageRecipe> = {}): StageRecipe {
  return {
    name: 'organ',
    network: { kind: 'enet' },
    output: 'softmax',
    classes: [0, 1, 1],
    outputLabels: [0, 1],
    gridPixels: [SIZE, SIZE],
    region: { kind: 'whole-slice' },
    intensity: { scheme: 'feature-wise', clampHu: [-1024, 3071], standardDeviationFloorHu: 50 },
    augmentation: NO_AUGMENTATION,
    cropJitterPixels: 0,
    optimizer: PLAIN_ADAM,
    weightAverageDecay: 0,
    phases: [],
    validation: { every: 200, slices: 64, metrics: ['dice'], watch: 'dice' },
    ...changes,
  };
}

export function smallPhase(changes: Partial<SampledPhase> = {}): SampledPhase {
  return {
    kind: 'sampled',
    steps: 12,
    batchSize: 2,
    windowPixels: [SIZE, SIZE],
    loss: { kind: 'tversky', alpha: 0.3, beta: 0.7 },
    sliceShares: [0.3, 0.35, 0.35],
    learningRate: { kind: 'half-cosine', first: 1e-3, last: 1e-4 },
    ...changes,
  };
}

export function smallIntensity(): Intensity {
  return { scheme: 'feature-wise', statistics: smallStatistics() };
}

/** Mean and deviation differ from pixel to pixel. */
export function smallStatistics(): FeatureWiseStatistics {
  const random = createRandom(8, 'statistics');
  return {
    sizePixels: [SIZE, SIZE],
    mean: Float32Array.from({ length: SIZE * SIZE }, () => random.uniform(-200, 100)),
    standardDeviation: Float32Array.from({ length: SIZE * SIZE }, () => random.uniform(50, 300)),
    clampHu: [-1024, 3071],
    standardDeviationFloorHu: 50,
  };
}

/**
 * Three slices a case: one empty, one with the organ, one with the organ and the tumour.
 * @returns the store, its file, and what closes it and removes the file.
 */
export function smallStore(
  cases: number,
  seed = 1,
): { readonly store: SliceStore; readonly path: string; readonly remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'voxwatch-train-'));
  const file = path.join(folder, 'slices');
  const store = new SliceStore(file, { grid: { kind: 'pixels', sizePixels: [SIZE, SIZE] } });
  const geometry = {
    sizeVoxels: [SIZE, SIZE, 3] as const,
    voxelToWorld: affineFromColumns([1, 0, 0], [0, 1, 0], [0, 0, 5], [0, 0, 0]),
  };
  for (let n = 0; n < cases; n++) {
    const random = createRandom(seed, `case ${n}`);
    const [left, top] = [random.integer(2, 16), random.integer(2, 16)];
    const labels = new Uint8Array(SIZE * SIZE * 3);
    for (let k = 1; k < 3; k++)
      for (let j = top; j < top + 12; j++)
        for (let i = left; i < left + 12; i++) labels[(k * SIZE + j) * SIZE + i] = k === 2 && i >= left + 6 && j >= top + 6 ? 2 : 1;
    const hu = Int16Array.from(labels, (label) => Math.round(random.normal([-100, 150, 400][label] as number, 20)));
    store.add(`case_${n}`, { volume: createVolume(geometry, hu), truth: createLabelMap(geometry, labels) });
  }
  return {
    store,
    path: file,
    remove: () => {
      store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A network of ENet's own layers, once each: quick on the plain backend. Input [N, h, w, 1], two logits a pixel. */
export function smallNetwork(random: Random): LayersModel {
  const parts = [
    new DilatedConvolution2D({ filters: 6, kernelSize: 3, dilationRate: 2 }),
    new FusedBatchNormalization({ momentum: 0.5 }),
    new ChannelPReLU({}),
    new SpatialDropout2D({ rate: 0.2 }),
    layers.conv2d({ filters: 2, kernelSize: 1 }),
  ];
  const image = input({ shape: [null, null, 1] });
  const network = model({
    inputs: image,
    outputs: parts.reduce<SymbolicTensor>((x, layer) => layer.apply(x) as SymbolicTensor, image),
  });
  const drawn = (shape: readonly (number | null)[]): Tensor => {
    const length = shape.reduce<number>((product, size) => product * (size as number), 1);
    return tensor(
      Float32Array.from({ length }, () => random.normal(0, 0.4)),
      shape as number[],
    );
  };
  for (const weight of network.trainableWeights) if (weight.shape.length === 4) weight.write(drawn(weight.shape));
  return network;
}
