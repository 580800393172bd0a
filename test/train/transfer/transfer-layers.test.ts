import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../train/backends/backend.ts';
import { saveTrainedModel } from '../../../train/model-files.ts';
import { freezeLayers } from '../../../train/transfer/freeze-layers.ts';
import { openSource } from '../../../train/transfer/open-source.ts';
import { transferLayers } from '../../../train/transfer/transfer-layers.ts';
import { foregroundOf, numbersOf, smallUnet, squares, trainSteps } from './small-unet.ts';

describe('layer transfer', () => {
  let folder: string;
  beforeAll(async () => {
    await startBackend('cpu');
    folder = await mkdtemp(path.join(tmpdir(), 'voxwatch-transfer-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('copies the weights and moving statistics of the named layers, number for number, and no others', async () => {
    const [source, network] = [smallUnet(1), smallUnet(2)];
    await trainSteps(source, [squares(1, 1)], 2);
    const [theirs, before] = [await numbersOf(source), await numbersOf(network)];
    const { copied, leftOut } = transferLayers(network, source, { copy: ['down1.*', 'bottom.convolution1'] });
    source.dispose();
    expect(leftOut).toEqual([]);
    expect(copied.length).toBe(5);
    for (const [name, numbers] of await numbersOf(network)) {
      if (numbers.length === 0) continue;
      expect(numbers, name).toEqual(copied.includes(name) ? theirs.get(name) : before.get(name));
      const isDrawn = !name.endsWith('.normalize');
      if (copied.includes(name) || isDrawn) expect(theirs.get(name), name).not.toEqual(before.get(name));
    }
  });

  it('with * between networks of one make gives the same outputs', async () => {
    const [source, network, example] = [smallUnet(1), smallUnet(2), squares(1, 1)];
    await trainSteps(source, [example], 2);
    transferLayers(network, source, { copy: ['*'] });
    expect(foregroundOf(network, example)).toEqual(foregroundOf(source, example));
  });

  it('leaves out a layer of another shape and says so, in either direction of a name that is missing', () => {
    const [source, network] = [smallUnet(1, 2), smallUnet(2, 3)];
    const { copied, leftOut } = transferLayers(network, source, { copy: ['*'] });
    expect(copied).not.toContain('logits');
    const reason = 'The shapes of its weights differ: 1×1×3×2 and 2 in the source, 1×1×3×3 and 3 here.';
    expect(leftOut).toEqual([{ name: 'logits', reason }]);
    const other = smallUnet(3);
    (other.layers.at(-1) as { name: string }).name = 'head';
    expect(transferLayers(other, source, { copy: ['*'] }).leftOut).toEqual([
      { name: 'logits', reason: 'This network has no such layer.' },
      { name: 'head', reason: 'The source has no such layer.' },
    ]);
  });

  it('refuses a pattern that brings nothing, and then changes nothing', async () => {
    const [source, network] = [smallUnet(1, 2), smallUnet(2, 3)];
    const before = await numbersOf(network);
    expect(() => transferLayers(network, source, { copy: ['down*', 'encoder.*'] })).toThrow(/No layer .* “encoder\.\*”/);
    expect(() => transferLayers(network, source, { copy: ['down*', 'logits'] })).toThrow(/“logits” can be copied.*shapes/);
    expect(await numbersOf(network)).toEqual(before);
  });

  it('reads the source from a run or a bundle; layers that were frozen when it was saved learn again', async () => {
    const source = smallUnet(1);
    freezeLayers(source, { layers: ['*'], batchNormalization: 'fixed' });
    const bundle = path.join(folder, 'bundle');
    const run = path.join(bundle, 'trained');
    await saveTrainedModel(source, path.join(run, 'stage-1'));
    await writeFile(path.join(run, 'trained.json'), JSON.stringify({ stages: [{ name: 'organ', model: 'stage-1/model.json' }] }));
    for (const place of [run, bundle]) {
      const read = await openSource({ source: place, stage: 'organ' });
      expect([...(await numbersOf(read)).values()]).toEqual([...(await numbersOf(source)).values()]);
      expect(read.trainableWeights.length).toBe(smallUnet(1).trainableWeights.length);
    }
    await expect(openSource({ source: run, stage: 'tumour' })).rejects.toThrow(/no stage “tumour”; it has organ/);
    await expect(openSource({ source: folder, stage: 'organ' })).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
    await writeFile(path.join(run, 'trained.json'), '{"stages": [null]}');
    await expect(openSource({ source: run, stage: 'organ' })).rejects.toMatchObject({ code: 'INPUT_CORRUPT' });
  });
});
