import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import { createEnet } from '../../../train/networks/enet.ts';
import { matchesPattern, namedLayers, selectNames } from '../../../train/transfer/layer-names.ts';
import { smallUnet } from './small-unet.ts';

describe('names of layers', () => {
  beforeAll(async () => {
    await startBackend('cpu');
  });

  it('are the same in two ENets of one process, whose own numbers differ', () => {
    const enet = (classes: number) => createEnet({ inputSize: [null, null], classes, random: createRandom(1, 'weights') });
    const [first, second] = [enet(2), enet(3)];
    expect(second.layers.map(({ name }) => name)).not.toEqual(first.layers.map(({ name }) => name));
    const names = [...namedLayers(first).keys()];
    expect([...namedLayers(second).keys()]).toEqual(names);
    expect(names.slice(0, 4)).toEqual(['Conv2D1', 'FusedBatchNormalization1', 'ChannelPReLU1', 'Conv2D2']);
    expect(names).toContain('fullconv');
    // Each under a name of its own, and none lost.
    expect(names.length).toBe(first.layers.filter(({ weights }) => weights.length > 0).length);
  });

  it('stay where they were given, and layers without weights have none', () => {
    const names = [...namedLayers(smallUnet(1)).keys()];
    expect(names.slice(0, 3)).toEqual(['down1.convolution1', 'down1.convolution1.normalize', 'down1.convolution2']);
    expect(names.at(-1)).toBe('logits');
    expect(names.some((name) => name.includes('pooling') || name.includes('relu'))).toBe(false);
  });

  it('are matched whole, a star standing for anything and a point for itself', () => {
    expect(matchesPattern('down1.convolution1', 'down1.*')).toBe(true);
    expect(matchesPattern('down1.convolution1', 'down1')).toBe(false);
    expect(matchesPattern('down1.convolution1', 'down1?convolution1')).toBe(false);
    expect(matchesPattern('down1xconvolution1', 'down1.convolution1')).toBe(false);
    expect(matchesPattern('Conv2D1', '*')).toBe(true);
    expect(matchesPattern('Conv2D12', 'Conv2D1')).toBe(false);
  });

  it('are refused where a pattern matches none, with those that there are', () => {
    expect(() => selectNames(['down1', 'logits'], ['down*', 'encoder*'])).toThrow(/“encoder\*”; there are down1, logits/);
    const many = Array.from({ length: 14 }, (_, n) => `layer${n}`);
    expect(() => selectNames(many, ['x'])).toThrow(/layer11 and 2 more/);
    expect(selectNames(['a1', 'b', 'a2'], ['b', 'a*'])).toEqual(['a1', 'b', 'a2']);
  });
});
