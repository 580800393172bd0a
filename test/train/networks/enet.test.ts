import { createHash } from 'node:crypto';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { startBackend } from '../../../train/backends/backend.ts';
import { createEnet } from '../../../train/networks/enet.ts';

beforeAll(async () => {
  await startBackend('cpu');
});

function enet(classes: number, size: number | null = 512, seed = 1): LayersModel {
  return createEnet({ inputSize: [size, size], classes, random: createRandom(seed) });
}

/** Output shapes of the parts that end in an activation after an addition (or, at the start, a concatenation). */
function blockShapes(model: LayersModel): string[] {
  const names = model.layers.map((layer) => layer.getClassName());
  return model.layers.flatMap((layer, index) => {
    const isFirst = names[index] === 'Concatenate';
    if (!isFirst && names[index] !== 'Add') return [];
    const [, height, width, channels] = layer.outputShape as number[];
    return [`${channels} × ${height} × ${width}`];
  });
}

const times = (count: number, shape: string): string[] => Array.from({ length: count }, () => shape);

/** Figure 3 of report 003 for an input of 512 × 512. */
const FIGURE_3 = [
  '16 × 256 × 256', // initial
  ...times(5, '64 × 128 × 128'), // 1.0 down, 1.1 … 1.4
  ...times(9, '128 × 64 × 64'), // 2.0 down, 2.1 … 2.8
  ...times(8, '128 × 64 × 64'), // 3.1 … 3.8
  ...times(3, '64 × 128 × 128'), // 4.0 up, 4.1, 4.2
  ...times(2, '16 × 256 × 256'), // 5.0 up, 5.1
];

describe('ENet', () => {
  it('has the sizes of figure 3 of report 003, and one logit a class and pixel', () => {
    const model = enet(2);
    expect(blockShapes(model)).toEqual(FIGURE_3);
    expect(model.outputShape).toEqual([null, 512, 512, 2]);
    expect(enet(3).outputShape).toEqual([null, 512, 512, 3]);
  });

  it.each([2, 3])('with %d classes has 0.36 to 0.40 million parameters', (classes) => {
    const parameters = enet(classes).countParams();
    expect(parameters).toBeGreaterThan(360_000);
    expect(parameters).toBeLessThan(400_000);
  });

  it('dilates by 2, 4, 8, 16, twice', () => {
    const rates = enet(2).layers.flatMap((layer) =>
      layer.getClassName() === 'DilatedConvolution2D' ? [layer.getConfig().dilationRate] : [],
    );
    expect(rates).toEqual([2, 4, 8, 16, 2, 4, 8, 16]);
  });

  it('drops 1 % of the channels in section 1 and 10 % after it', () => {
    const rates = enet(2).layers.flatMap((layer) => (layer.getClassName() === 'SpatialDropout2D' ? [layer.getConfig().rate] : []));
    expect(rates).toEqual([...Array.from({ length: 5 }, () => 0.01), ...Array.from({ length: 22 }, () => 0.1)]);
  });

  it('has no layer that needs a size: it takes any multiple of 8', () => {
    expect(enet(2, null).outputShape).toEqual([null, null, null, 2]);
  });

  it('starts from the same weights for the same stream, and others for another', () => {
    const [a, b, c] = [enet(2, 32, 1), enet(2, 32, 1), enet(2, 32, 2)].map((model) =>
      model.trainableWeights.map((weight) => [...(weight.read().dataSync() as Float32Array)]),
    );
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
  });

  it('starts from the weights that a stream has always given: runs are resumed exactly', () => {
    const hash = createHash('sha256');
    for (const weight of enet(3, null, 7).weights)
      hash.update(new Uint8Array((weight.read().dataSync() as Float32Array).slice().buffer));
    expect(hash.digest('hex')).toBe('eeaf25596d7171d35e661d6f81612c13a0f158c03a5cc96c22bb71fc73961d95');
  });

  it('starts from kernels of He’s variance, 2 over the inputs of a filter', () => {
    const kernels = enet(2, 32).trainableWeights.filter((weight) => weight.shape.length === 4);
    const large = kernels.filter((weight) => weight.shape.join() === '3,3,32,32');
    expect(large.length).toBe(12);
    for (const kernel of large) {
      const values = [...(kernel.read().dataSync() as Float32Array)];
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      // Cut off at two deviations, a Gaussian keeps 0.774 of its variance.
      expect(variance / (2 / (9 * 32))).toBeGreaterThan(0.7);
      expect(variance / (2 / (9 * 32))).toBeLessThan(1.1);
    }
  });
});
