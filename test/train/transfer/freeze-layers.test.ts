import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../train/backends/backend.ts';
import { Adam } from '../../../train/optimizer/adam.ts';
import { freezeLayers, thawAll } from '../../../train/transfer/freeze-layers.ts';
import { namedLayers } from '../../../train/transfer/layer-names.ts';
import { foregroundOf, numbersOf, smallUnet, squares, trainStep } from './small-unet.ts';

const ENCODER = ['down*', 'bottom*'];

describe('freezing layers', () => {
  beforeAll(async () => {
    await startBackend('cpu');
  });

  /** Layers whose numbers change, and those whose numbers do not, by three steps. */
  async function trained(
    network: ReturnType<typeof smallUnet>,
    optimizer = new Adam(),
  ): Promise<{ changed: string[]; same: string[] }> {
    const before = await numbersOf(network);
    for (let n = 0; n < 3; n++) await trainStep(network, optimizer, squares(n, 1));
    const [changed, same]: [string[], string[]] = [[], []];
    for (const [name, numbers] of await numbersOf(network)) {
      if (numbers.length === 0) continue;
      const isSame = numbers.every((values, n) => Buffer.compare(bytes(values), bytes(before.get(name)?.[n])) === 0);
      (isSame ? same : changed).push(name);
    }
    return { changed, same };
  }

  function bytes(values: Float32Array | undefined): Buffer {
    return values ? Buffer.from(values.buffer, values.byteOffset, values.byteLength) : Buffer.alloc(0);
  }

  function frozenIn(network: ReturnType<typeof smallUnet>): string[] {
    return [...namedLayers(network)].flatMap(([name, { trainable }]) => (trainable ? [] : [name]));
  }

  const isEncoder = (name: string): boolean => /^(down|bottom)/.test(name);

  it('keeps their weights and moving statistics bit for bit; all others change; thawed they change too', async () => {
    const network = smallUnet(1);
    const { frozen, thaw } = freezeLayers(network, { layers: ENCODER, batchNormalization: 'fixed' });
    const first = await trained(network);
    expect(first.same.sort()).toEqual([...frozen].sort());
    expect(first.same.every(isEncoder)).toBe(true);
    expect(first.changed.length).toBeGreaterThan(0);
    expect(first.changed.some(isEncoder)).toBe(false);
    thaw();
    expect((await trained(network)).same).toEqual([]);
  });

  it('lets batch normalisations learn where that is wanted, as fastai does', async () => {
    const network = smallUnet(1);
    const { frozen } = freezeLayers(network, { layers: ENCODER, batchNormalization: 'learns' });
    const { same, changed } = await trained(network);
    expect(same.sort()).toEqual([...frozen].sort());
    expect(same.every((name) => !name.endsWith('.normalize'))).toBe(true);
    expect(changed.filter(isEncoder).every((name) => name.endsWith('.normalize'))).toBe(true);
    expect(changed.filter(isEncoder).length).toBe(4);
  });

  it('lets a wholly frozen network compute in training what it computes in inference', async () => {
    const [network, example] = [smallUnet(1), squares(5, 1)];
    await trained(network);
    const expected = foregroundOf(network, example);
    freezeLayers(network, { layers: ['*'], batchNormalization: 'fixed' });
    network.apply(example.input, { training: true });
    expect(foregroundOf(network, example)).toEqual(expected);
  });

  it('refuses a pattern without a layer, and then freezes nothing', () => {
    const network = smallUnet(1);
    const spec = { layers: ['down*', 'encoder*'], batchNormalization: 'fixed' } as const;
    expect(() => freezeLayers(network, spec)).toThrow(/“encoder\*”/);
    // A layer that has no weights has nothing to keep.
    expect(() => freezeLayers(network, { ...spec, layers: ['down1.pooling'] })).toThrow(/“down1\.pooling”/);
    expect(frozenIn(network)).toEqual([]);
  });

  it('thaws to what was before: what was frozen by an earlier call stays so', () => {
    const network = smallUnet(1);
    freezeLayers(network, { layers: ['down1.convolution1'], batchNormalization: 'fixed' });
    freezeLayers(network, { layers: ['down*'], batchNormalization: 'fixed' }).thaw();
    expect(frozenIn(network)).toEqual(['down1.convolution1']);
    thawAll(network);
    expect(frozenIn(network)).toEqual([]);
  });
});
