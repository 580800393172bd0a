import { ones, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import { SpatialDropout2D } from '../../../train/layers/spatial-dropout.ts';
import { expectGradients, weighted } from '../gradient-check.ts';

beforeAll(async () => {
  await startBackend('cpu');
});

const SHAPE: [number, number, number, number] = [4, 3, 5, 200];

/** Values of each channel of each sample. */
function channelsOf(x: Tensor): number[][] {
  const values = x.dataSync() as Float32Array;
  const [samples, height, width, channels] = x.shape as [number, number, number, number];
  return Array.from({ length: samples * channels }, (_, n) => {
    const [sample, channel] = [Math.floor(n / channels), n % channels];
    return Array.from({ length: height * width }, (_, p) => values[(sample * height * width + p) * channels + channel] as number);
  });
}

function trained(layer: SpatialDropout2D): Tensor {
  return layer.call(ones(SHAPE), { training: true });
}

describe('SpatialDropout2D in training', () => {
  it('drops whole channels and raises the others, so that the mean stays', () => {
    const channels = channelsOf(trained(new SpatialDropout2D({ rate: 0.25 })));
    const dropped = channels.filter((values) => values.every((value) => value === 0)).length;
    const kept = channels.filter((values) => values.every((value) => Math.abs(value - 4 / 3) < 1e-6)).length;
    expect(dropped + kept).toBe(channels.length);
    // 800 draws: four standard deviations are 0.06.
    expect(Math.abs(dropped / channels.length - 0.25)).toBeLessThan(0.06);
  });

  it('draws for each sample of the batch, and anew at each call', () => {
    const layer = new SpatialDropout2D({ rate: 0.5 });
    const [first, second] = [channelsOf(trained(layer)), channelsOf(trained(layer))];
    expect(first.slice(0, 200)).not.toEqual(first.slice(200, 400));
    expect(second).not.toEqual(first);
  });

  it('draws the same from the same stream', () => {
    const [a, b] = [new SpatialDropout2D({ rate: 0.5 }), new SpatialDropout2D({ rate: 0.5 })];
    a.drawFrom(createRandom(1));
    b.drawFrom(createRandom(1));
    expect(channelsOf(trained(a))).toEqual(channelsOf(trained(b)));
    b.drawFrom(createRandom(2));
    expect(channelsOf(trained(a))).not.toEqual(channelsOf(trained(b)));
  });

  it('passes the gradient through what it kept', () => {
    const x = tensor([1, -2, 3, 4, 5, -6], [1, 1, 1, 6]);
    expectGradients(
      (input) => {
        const layer = new SpatialDropout2D({ rate: 0.5 });
        layer.drawFrom(createRandom(3));
        return weighted(layer.call(input, { training: true }));
      },
      [x],
    );
  });
});

describe('SpatialDropout2D outside of training', () => {
  it('changes nothing, and neither does a rate of 0', () => {
    const x = tensor([1, 2, 3, 4], [1, 1, 1, 4]);
    expect(new SpatialDropout2D({ rate: 0.9 }).call(x, {})).toBe(x);
    expect(new SpatialDropout2D({ rate: 0.9 }).call(x, { training: false })).toBe(x);
    expect(new SpatialDropout2D({ rate: 0 }).call(x, { training: true })).toBe(x);
  });
});
