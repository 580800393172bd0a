import * as tfl from '@tensorflow/tfjs-layers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { createOnnxReference } from '../../cli/onnx-reference.ts';
import { fuseStage, type StageGraphInput } from '../../export/fuse-stage.ts';
import { measureParity } from '../../export/parity.ts';
import { type HuSlice, runReferenceStage } from '../../export/reference-stage.ts';
import { channelsOf, type Intensity } from '../../preprocess/intensity/intensity.ts';
import { resizeLabelSlice } from '../../preprocess/resize.ts';
import { networkOf, randomNumbers } from './onnx-fixtures.ts';
import { huSlice, smallEnet, statisticsOf } from './small-enet.ts';

const GRID = [32, 24] as const;

function flatSlice(sizePixels: readonly [number, number], hu: number): HuSlice {
  return { hu: new Int16Array(sizePixels[0] * sizePixels[1]).fill(hu), sizePixels };
}

function stageOf(overrides: Partial<StageGraphInput> = {}): StageGraphInput {
  return {
    model: smallEnet(GRID, 3),
    intensity: { scheme: 'feature-wise', statistics: statisticsOf(GRID) },
    gridPixels: GRID,
    softwareVersion: '1.2.3',
    metadata: { bundle: 'test-bundle', stage: 'organ' },
    inputType: 'int16',
    outputs: 'labels',
    ...overrides,
  };
}

describe('the fused stage', () => {
  it.each([
    ['equal to the grid', [32, 24]],
    ['twice the grid', [64, 48]],
    ['larger than the grid', [47, 61]],
    ['smaller than the grid', [19, 11]],
    ['wider and lower than the grid', [70, 13]],
    ['half of the grid', [16, 12]],
    ['one pixel', [1, 1]],
  ] as const)('gives the labels of the TypeScript path on a slice %s', async (_, size) => {
    const stage = stageOf();
    const onnx = fuseStage(stage);
    const reference = createOnnxReference();
    const expected = await runReferenceStage(stage, huSlice(size));
    const { labels } = await reference.runOnnx(onnx, huSlice(size));
    await reference.release();
    expect(Buffer.from(labels).equals(Buffer.from(expected.labels))).toBe(true);
    if (size[0] > 1) expect(new Set(labels).size).toBeGreaterThan(1);
  });

  it('keeps the parity rule, also where slices are resized', async () => {
    const stage = stageOf();
    const subject = { ...stage, stage: 'organ', onnx: fuseStage(stage) };
    const onnxWithLogits = fuseStage({ ...stage, outputs: 'labels-and-logits' });
    const reference = createOnnxReference();
    const slices = (
      [
        [32, 24],
        [47, 61],
        [19, 11],
      ] as const
    ).map((size, seed) => huSlice(size, seed));
    const result = await measureParity({ ...subject, onnxWithLogits }, { description: 'noise', slices }, reference.runOnnx);
    await reference.release();
    expect(result).toMatchObject({ stage: 'organ', inputs: 'noise', slices: 3, labelDisagreements: 0, pixels: 768 + 2867 + 209 });
    expect(result.maxAbsLogitDifference).toBeLessThanOrEqual(1e-4);
    expect(result.maxAbsLogitDifference).toBeGreaterThan(0);
  });

  it('takes several slices at once', async () => {
    const stage = stageOf();
    const session = await InferenceSession.create(fuseStage(stage));
    const [a, b] = [huSlice([20, 30], 1), huSlice([20, 30], 2)];
    const hu = new Int16Array([...a.hu, ...b.hu]);
    const { labels } = await session.run({ hu: new Tensor('int16', hu, [2, 1, 30, 20]) });
    await session.release();
    const expected = [a, b].map((slice) => runReferenceStage(stage, slice));
    expect(labels?.dims).toEqual([2, 1, 30, 20]);
    expect([...(labels?.data as Uint8Array)]).toEqual((await Promise.all(expected)).flatMap((outputs) => [...outputs.labels]));
  });

  it('takes int32 where it is asked to', async () => {
    const stage = stageOf({ inputType: 'int32' });
    const session = await InferenceSession.create(fuseStage(stage));
    const slice = huSlice([20, 30]);
    const { labels } = await session.run({ hu: new Tensor('int32', Int32Array.from(slice.hu), [1, 1, 30, 20]) });
    await session.release();
    expect([...(labels?.data as Uint8Array)]).toEqual([...(await runReferenceStage(stage, slice)).labels]);
  });

  it('has the same bytes each time, and holds its facts', () => {
    const stage = stageOf();
    const bytes = Buffer.from(fuseStage(stage));
    expect(bytes.equals(Buffer.from(fuseStage(stage)))).toBe(true);
    for (const fact of ['voxwatch', '1.2.3', 'test-bundle', 'organ']) expect(bytes.includes(fact)).toBe(true);
  });

  it('refuses a network that does not give logits on its own grid', () => {
    const intensity = { scheme: 'feature-wise', statistics: statisticsOf([16, 24]) } as const;
    expect(() => fuseStage(stageOf({ intensity, gridPixels: [16, 24] }))).toThrow(
      /expects an input of 24 × 32 × 1; the stage gives 24 × 16 × 1/,
    );
    expect(() => fuseStage(stageOf({ intensity }))).toThrow(/statistics are 16 × 24 pixels; the stage's grid is 32 × 24/);
  });
});

describe('every scheme of intensities', () => {
  const SCHEMES: readonly (readonly [string, Intensity])[] = [
    ['min-max', { scheme: 'min-max' }],
    ['standardise', { scheme: 'standardise', clampHu: [-200, 300], meanHu: 40.3, standardDeviationHu: 77.7 }],
    ['as stored, in three channels', { scheme: 'as-stored', channels: 3 }],
    [
      'two windows and the slice equalised',
      {
        scheme: 'windows',
        windows: [
          { widthHu: 150, levelHu: 30 },
          { widthHu: 200, levelHu: 60 },
        ],
        equalizedBins: 100,
        channelMeans: [0.485, 0.456, 0.406],
        channelDeviations: [0.229, 0.224, 0.225],
      },
    ],
  ];

  const convolution = (channels: number, filters: number) =>
    networkOf(
      [GRID[1], GRID[0], channels],
      (input) => tfl.layers.conv2d({ filters, kernelSize: 3, padding: 'same', useBias: false }).apply(input) as tfl.SymbolicTensor,
    );

  const slices = [huSlice([32, 24]), huSlice([47, 61], 2), flatSlice([40, 20], -1024)];

  it.each(SCHEMES)('%s: the graph keeps the parity rule, on a slice of one value too', async (_, intensity) => {
    // As stored, logits are as large as HU.
    const stage = stageOf({ intensity, model: convolution(channelsOf(intensity), 3) });
    const subject = { ...stage, stage: 'organ', onnx: fuseStage(stage) };
    const onnxWithLogits = fuseStage({ ...stage, outputs: 'labels-and-logits' });
    const reference = createOnnxReference();
    const result = await measureParity({ ...subject, onnxWithLogits }, { description: 'noise', slices }, reference.runOnnx);
    await reference.release();
    expect(result.labelDisagreements).toBe(0);
  });

  it.each(SCHEMES)('%s: one logit is a sigmoid, label 1 where it is above 0', async (_, intensity) => {
    const stage = stageOf({ intensity, model: convolution(channelsOf(intensity), 1) });
    const reference = createOnnxReference();
    const next = randomNumbers(3);
    const slice = { hu: Int16Array.from({ length: 47 * 61 }, () => 400 * next()), sizePixels: [47, 61] } as const;
    const expected = await runReferenceStage(stage, slice);
    const { labels } = await reference.runOnnx(fuseStage(stage), slice);
    await reference.release();
    expect([...labels]).toEqual([...expected.labels]);
    expect(new Set(labels)).toEqual(new Set([0, 1]));
    expect(expected.labels).toEqual(
      resizeLabelSlice(
        Uint8Array.from(expected.logits, (logit) => Number(logit > 0)),
        GRID,
        [47, 61],
      ),
    );
  });

  it('several slices at once are each equalised by themselves', async () => {
    const [, intensity] = SCHEMES[3] as (typeof SCHEMES)[number];
    const stage = stageOf({ intensity, model: convolution(3, 2) });
    const session = await InferenceSession.create(fuseStage(stage));
    const [a, b] = [huSlice([20, 30], 1), flatSlice([20, 30], 50)];
    const { labels } = await session.run({ hu: new Tensor('int16', new Int16Array([...a.hu, ...b.hu]), [2, 1, 30, 20]) });
    await session.release();
    const expected = await Promise.all([a, b].map((slice) => runReferenceStage(stage, slice)));
    expect([...(labels?.data as Uint8Array)]).toEqual(expected.flatMap((outputs) => [...outputs.labels]));
  });
});

describe('parity', () => {
  const failing = async (change: (labels: Uint8Array, logits: Float32Array) => void) => {
    const stage = stageOf();
    const reference = createOnnxReference();
    const subject = {
      ...stage,
      stage: 'organ',
      onnx: fuseStage(stage),
      onnxWithLogits: fuseStage({ ...stage, outputs: 'labels-and-logits' }),
    };
    try {
      return await measureParity(subject, { description: 'noise', slices: [huSlice([32, 24])] }, async (onnx, slice) => {
        const outputs = await reference.runOnnx(onnx, slice);
        change(outputs.labels, outputs.logits ?? new Float32Array(1));
        return outputs;
      });
    } finally {
      await reference.release();
    }
  };

  it.each([
    ['a logit that is off by 1 %', (_: Uint8Array, logits: Float32Array) => logits.set([(logits[0] as number) * 1.01 + 0.1])],
    ['a logit that is not a number', (_: Uint8Array, logits: Float32Array) => logits.fill(Number.NaN, 0, 1)],
    ['a label that is not the trained one', (labels: Uint8Array) => labels.forEach((label, p) => (labels[p] = (label + 1) % 3))],
    ['a label that no logit stands for', (labels: Uint8Array) => labels.fill(9, 0, 1)],
  ] as const)('fails on %s', async (_, change) => {
    await expect(failing(change)).rejects.toMatchObject({ code: 'PARITY_FAILED' });
  });

  it('passes on the same slice untouched', async () => {
    await expect(failing(() => {})).resolves.toMatchObject({ labelDisagreements: 0 });
  });
});
