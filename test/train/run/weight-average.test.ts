import { tensor } from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../train/backends/backend.ts';
import { WeightAverage } from '../../../train/run/weight-average.ts';

function networkOfOneWeight(value: number): LayersModel {
  const image = input({ shape: [1] });
  const network = model({ inputs: image, outputs: layers.dense({ units: 1, useBias: false }).apply(image) as SymbolicTensor });
  set(network, value);
  return network;
}

function set(network: LayersModel, value: number): void {
  network.weights[0]?.write(tensor([[value]]));
}

function get(network: LayersModel): number {
  return network.weights[0]?.read().dataSync()[0] as number;
}

describe('averaged weights', () => {
  beforeAll(async () => {
    await startBackend('cpu');
  });

  it('forget the start quickly, then follow with the decay', async () => {
    const network = networkOfOneWeight(10);
    const average = await WeightAverage.of(network, 0.5);
    // Closed form: decay min(0.5, n / (n + 9)) of update n.
    let expected = 10;
    for (let n = 1; n <= 30; n++) {
      set(network, n);
      await average.update();
      const decay = Math.min(0.5, n / (n + 9));
      expected = decay * expected + (1 - decay) * n;
    }
    expect(await average.whileApplied(async () => get(network))).toBeCloseTo(expected, 4);
  });

  it('give way to the weights of the step, also after an error', async () => {
    const network = networkOfOneWeight(1);
    const average = await WeightAverage.of(network, 0.9);
    set(network, 3);
    await average.update();
    await expect(
      average.whileApplied(async () => {
        expect(get(network)).not.toBe(3);
        throw new Error('full disk');
      }),
    ).rejects.toThrow('full disk');
    expect(get(network)).toBe(3);
  });

  it('with decay 0 are the last weights', async () => {
    const network = networkOfOneWeight(1);
    const average = await WeightAverage.of(network, 0);
    set(network, 7);
    await average.update();
    expect(await average.whileApplied(async () => get(network))).toBe(7);
  });
});
