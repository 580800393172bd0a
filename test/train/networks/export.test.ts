import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import { drawKernels } from '../../../train/networks/draw-kernels.ts';
import { createNetwork } from '../../../train/networks/index.ts';
import { buildResnet34Unet } from '../../../train/networks/resnet34-unet.ts';
import { LIVER_UNET } from '../../../train/networks/unet-presets.ts';
import { compareOnRandomInput } from '../../export/onnx-fixtures.ts';

/** The bound of the exporter's own tests. */
const LOGIT_TOLERANCE = 1e-4;

beforeAll(async () => {
  await startBackend('cpu');
});

describe('an exported network computes what was trained:', () => {
  it('the classic U-Net', async () => {
    const spec = { ...LIVER_UNET, filters: [4, 6, 8] };
    const model = createNetwork(spec, { inputSize: [8, 12], channels: 1, classes: 2, random: createRandom(1) });
    const { largest, shape } = await compareOnRandomInput(model, [8, 12, 1], 2);
    expect(shape).toEqual([2, 2, 8, 12]);
    expect(largest).toBeLessThan(LOGIT_TOLERANCE);
  });

  it('the ResNet-34 U-Net', async () => {
    const stages = [
      { filters: 4, blocks: 1 },
      { filters: 6, blocks: 2 },
    ];
    const model = buildResnet34Unet({ inputSize: [32, 16], channels: 3, classes: 3 }, stages);
    drawKernels(model, createRandom(1));
    const { largest, shape } = await compareOnRandomInput(model, [32, 16, 3], 2);
    expect(shape).toEqual([2, 3, 32, 16]);
    expect(largest).toBeLessThan(LOGIT_TOLERANCE);
  });
});
