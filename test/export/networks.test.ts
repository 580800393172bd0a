/** The networks of `train/networks`, narrow, with weights that are all random: what `createNetwork` builds can be exported. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawVectors } from '../../bench/draw-vectors.ts';
import { createRandom } from '../../core/random.ts';
import { startBackend } from '../../train/backends/backend.ts';
import { drawKernels } from '../../train/networks/draw-kernels.ts';
import { createNetwork } from '../../train/networks/index.ts';
import type { NetworkSpec } from '../../train/networks/network-spec.ts';
import { buildResnet34Unet } from '../../train/networks/resnet34-unet.ts';
import { BRAIN_UNET, KIDNEY_UNET, LIVER_UNET } from '../../train/networks/unet-presets.ts';
import { compareOnRandomInput, encodeNetwork, openNetwork } from './onnx-fixtures.ts';

/** The bound of design.md §6. */
const LOGIT_TOLERANCE = 1e-4;

const CHANNELS = 2;
const CLASSES = 3;
type Size = readonly [height: number | null, width: number | null];

const network =
  (spec: NetworkSpec) =>
  (inputSize: Size): LayersModel =>
    withVectors(createNetwork(spec, { inputSize, channels: CHANNELS, classes: CLASSES, random: createRandom(1) }));

function withVectors(model: LayersModel): LayersModel {
  drawVectors(model, createRandom(2));
  return model;
}

function resnet34Unet(inputSize: Size): LayersModel {
  const stages = [
    { filters: 4, blocks: 1 },
    { filters: 6, blocks: 2 },
  ];
  const model = buildResnet34Unet({ inputSize, channels: CHANNELS, classes: CLASSES }, stages);
  drawKernels(model, createRandom(1));
  return withVectors(model);
}

const ODD = [
  [1, 13, 9],
  [2, 8, 15],
] as const;
/** ENet takes multiples of 8 only. */
const EIGHTS = [
  [1, 16, 8],
  [2, 8, 24],
] as const;

const NETWORKS = [
  ['kidney-unet', network({ ...KIDNEY_UNET, filters: [4, 5, 6, 6] }), ODD],
  ['liver-unet', network({ ...LIVER_UNET, filters: [4, 5, 6, 7, 8] }), ODD],
  ['brain-unet', network({ ...BRAIN_UNET, filters: [4, 5, 6, 7, 8] }), ODD],
  ['kidney-enet-cascade', network({ kind: 'enet' }), EIGHTS],
  ['liver-resnet34-unet', resnet34Unet, ODD],
] as const;

beforeAll(async () => {
  await startBackend('cpu');
});

describe.each(NETWORKS)('the network of %s computes what was trained', (_, build, shapes) => {
  it('at the size that it was built for', async () => {
    for (const [batch, height, width] of shapes) {
      const { largest, shape } = await compareOnRandomInput(build([height, width]), [height, width, CHANNELS], batch);
      expect(shape).toEqual([batch, CLASSES, height, width]);
      expect(largest).toBeLessThanOrEqual(LOGIT_TOLERANCE);
    }
  });

  it('at any size with one graph', async () => {
    const model = build([null, null]);
    const opened = await openNetwork(model, encodeNetwork(model, [null, null, CHANNELS]).bytes);
    for (const [batch, height, width] of shapes) {
      const { largest, shape } = await opened.compare([batch, height, width, CHANNELS]);
      expect(shape).toEqual([batch, CLASSES, height, width]);
      expect(largest).toBeLessThanOrEqual(LOGIT_TOLERANCE);
    }
    await opened.release();
  });

  it('without transposes', () => {
    const [, height, width] = shapes[0];
    const { graph } = encodeNetwork(build([height, width]), [height, width, CHANNELS]);
    expect(graph.nodes.map(({ operator }) => operator)).not.toContain('Transpose');
  });
});
