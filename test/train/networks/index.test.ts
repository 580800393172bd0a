import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import { loadTrainedModel, saveTrainedModel } from '../../../train/model-files.ts';
import { createEnet } from '../../../train/networks/enet.ts';
import { createNetwork } from '../../../train/networks/index.ts';
import type { NetworkSpec } from '../../../train/networks/network-spec.ts';
import { BRAIN_UNET, KIDNEY_UNET, LIVER_UNET } from '../../../train/networks/unet-presets.ts';
import { randomTensor } from '../gradient-check.ts';
import { trainableParameters, weightValues } from './network-facts.ts';

beforeAll(async () => {
  await startBackend('cpu');
});

const ENET: NetworkSpec = { kind: 'enet' };

function create(spec: NetworkSpec, inputSize: [number | null, number | null], channels = 1, classes = 2): LayersModel {
  return createNetwork(spec, { inputSize, channels, classes, random: createRandom(4) });
}

describe('createNetwork', () => {
  it('gives the ENet of createEnet, weight for weight', () => {
    const direct = createEnet({ inputSize: [null, null], classes: 2, random: createRandom(4) });
    expect(weightValues(create(ENET, [null, null]))).toEqual(weightValues(direct));
  });

  it('hands on the dropout of an ENet, and its channels', () => {
    const model = create({ kind: 'enet', dropout: { first: 0.2, rest: 0.3 } }, [64, 64], 3, 1);
    const rates = model.layers.map((layer) => layer.getConfig().rate).filter((rate) => rate !== undefined);
    expect(new Set(rates)).toEqual(new Set([0.2, 0.3]));
    expect(model.inputs[0]?.shape).toEqual([null, 64, 64, 3]);
    expect(model.outputShape).toEqual([null, 64, 64, 1]);
  });

  it('gives an ENet of the paper’s 0.37 million parameters', () => {
    expect(Math.abs(trainableParameters(create(ENET, [512, 512])) / 1e6 - 0.37)).toBeLessThan(0.02);
  });

  it('refuses a size that ENet cannot take, and says which it can', () => {
    expect(() => create(ENET, [244, 244])).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: 'ENet takes heights and widths that 8 divides, not 244 × 244; a U-Net takes any.',
      }),
    );
  });

  it.each([
    [[0, 8], 1, 2],
    [[8, 8.5], 1, 2],
    [[8, 8], 0, 2],
    [[8, 8], 1, -1],
    [[8, Number.NaN], 1, 2],
  ] as const)('refuses %j pixels with %d channels and %d classes', (inputSize, channels, classes) => {
    expect(() => create(LIVER_UNET, [...inputSize], channels, classes)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('takes a spec that went through JSON', () => {
    const spec = JSON.parse(JSON.stringify({ ...LIVER_UNET, filters: [2, 3] })) as NetworkSpec;
    expect(create(spec, [4, 4]).outputShape).toEqual([null, 4, 4, 2]);
  });

  it.each([
    ['kidney-unet', KIDNEY_UNET],
    ['brain-unet', BRAIN_UNET],
  ])('gives a %s that computes the same after it was written and read again', async (_name, spec) => {
    const model = create({ ...spec, filters: [3, 4, 5] }, [null, null]);
    const folder = await mkdtemp(path.join(tmpdir(), 'network-'));
    await saveTrainedModel(model, folder);
    const read = await loadTrainedModel(folder, 'model.json');
    await rm(folder, { recursive: true });
    const image = randomTensor([1, 7, 7, 1], 8);
    const [before, after] = [model, read].map((one) => [...(one.predict(image) as Tensor).dataSync()]);
    expect(after).toEqual(before);
    expect(read.layers.map((layer) => layer.getConfig())).toEqual(model.layers.map((layer) => layer.getConfig()));
  });
});
