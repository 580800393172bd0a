import * as tfl from '@tensorflow/tfjs-layers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { createOnnxReference } from '../../cli/onnx-reference.ts';
import type { StageOutput } from '../../core/millimetre-stage.ts';
import { fuseMillimetreStage, type MillimetreStageGraphInput } from '../../export/fuse-millimetre-stage.ts';
import { measureMillimetreParity } from '../../export/millimetre-parity.ts';
import { type GridSlice, runMillimetreReference } from '../../export/millimetre-reference.ts';
import { networkOf, randomNumbers } from './onnx-fixtures.ts';
import { STEM_MULTIPLE, stemUnet } from './stem-unet.ts';

const CLASSES = 4;
const plain = { smoothingMm: 0, maxComponents: 0, minComponentMl: 0, fillHoles: false };
const OUTPUTS: readonly StageOutput[] = [
  { ...plain, label: 1, classes: [1, 2], threshold: 0.45 },
  { ...plain, label: 2, classes: [2], threshold: 0.5 },
  { ...plain, label: 3, classes: [1, 2, 3], threshold: 0.6 },
];
const INTENSITY = { scheme: 'standardise', clampHu: [-200, 300], meanHu: 50, standardDeviationHu: 250 } as const;

function stageOf(overrides: Partial<MillimetreStageGraphInput> = {}): MillimetreStageGraphInput {
  return {
    model: stemUnet([null, null], CLASSES),
    intensity: INTENSITY,
    grid: { multipleOf: STEM_MULTIPLE, outputs: OUTPUTS },
    softwareVersion: '1.2.3',
    metadata: { bundle: 'test-bundle', stage: 'organs' },
    inputType: 'int16',
    outputs: 'probabilities',
    ...overrides,
  };
}

function gridSlice(sizePixels: readonly [number, number], gridPixels: readonly [number, number], seed = 1): GridSlice {
  const next = randomNumbers(seed);
  return { hu: Int16Array.from({ length: sizePixels[0] * sizePixels[1] }, () => 40 + 300 * next()), sizePixels, gridPixels };
}

/** Multiples of the network's and not, finer and coarser than the slice, one pixel. */
const SLICES = [
  gridSlice([64, 48], [32, 24], 1),
  gridSlice([61, 47], [29, 41], 2),
  gridSlice([20, 30], [47, 33], 3),
  gridSlice([33, 33], [1, 1], 4),
  gridSlice([1, 1], [3, 9], 5),
];

async function parityOf(stage: MillimetreStageGraphInput, slices: readonly GridSlice[] = SLICES) {
  const reference = createOnnxReference();
  const onnx = fuseMillimetreStage(stage);
  const onnxWithLogits = fuseMillimetreStage({ ...stage, outputs: 'probabilities-and-logits' });
  try {
    const subject = { ...stage, stage: 'organs', onnx, onnxWithLogits };
    return await measureMillimetreParity(subject, { description: 'noise', slices }, reference.runMillimetreOnnx);
  } finally {
    await reference.release();
  }
}

describe('a fused stage in millimetres', () => {
  it.each([
    ['no size', [null, null]],
    ['another size', [STEM_MULTIPLE * 5, STEM_MULTIPLE * 4]],
  ] as const)('is right on slices of many sizes where the network was built for %s', async (_, size) => {
    const result = await parityOf(stageOf({ model: stemUnet(size, CLASSES) }));
    expect(result).toMatchObject({ stage: 'organs', slices: SLICES.length, pixels: 3 * (768 + 1189 + 1551 + 1 + 27) });
    expect(result.maxAbsLogitDifference).toBeGreaterThan(0);
    expect(result.labelDisagreements).toBeLessThan(10);
  });

  it('gives probabilities that vary, and as many as were asked for', async () => {
    const stage = stageOf();
    const { probabilities } = await runMillimetreReference(stage, SLICES[0] as GridSlice);
    expect(probabilities).toHaveLength(3 * 32 * 24);
    expect(new Set(probabilities).size).toBeGreaterThan(50);
    // The sum of all classes but the background is the largest of the three.
    for (let p = 0; p < 768; p++)
      expect(probabilities[2 * 768 + p] as number).toBeGreaterThanOrEqual((probabilities[p] as number) - 1);
  });

  it('takes several slices at once', async () => {
    const stage = stageOf();
    const session = await InferenceSession.create(fuseMillimetreStage(stage));
    const [a, b] = [gridSlice([20, 30], [11, 13], 1), gridSlice([20, 30], [11, 13], 2)];
    const hu = new Tensor('int16', new Int16Array([...a.hu, ...b.hu]), [2, 1, 30, 20]);
    const { probabilities } = await session.run({ hu, size: new Tensor('int64', BigInt64Array.of(13n, 11n), [2]) });
    await session.release();
    expect(probabilities?.dims).toEqual([2, 3, 13, 11]);
    const expected = await Promise.all(
      [a, b].map(async (slice) => [...(await runMillimetreReference(stage, slice)).probabilities]),
    );
    (probabilities?.data as Uint8Array).forEach((value, p) => {
      expect(Math.abs(value - (expected.flat()[p] as number))).toBeLessThanOrEqual(1);
    });
  });

  it('takes one logit for a sigmoid, and windows for intensities', async () => {
    const output = { ...plain, label: 1, classes: [1], threshold: 0.5 };
    const windows = [
      { widthHu: 400, levelHu: 40 },
      { widthHu: 150, levelHu: 60 },
    ];
    const model = networkOf(
      [null, null, 2],
      (input) => tfl.layers.conv2d({ filters: 1, kernelSize: 3, padding: 'same' }).apply(input) as tfl.SymbolicTensor,
    );
    const intensity = {
      scheme: 'windows',
      windows,
      equalizedBins: 0,
      channelMeans: [0.5, 0.4],
      channelDeviations: [0.2, 0.3],
    } as const;
    const result = await parityOf(stageOf({ model, intensity, grid: { multipleOf: 4, outputs: [output] } }));
    expect(result.pixels).toBe(768 + 1189 + 1551 + 1 + 27);
  });

  it('has the same bytes each time', () => {
    const stage = stageOf();
    expect(Buffer.from(fuseMillimetreStage(stage)).equals(Buffer.from(fuseMillimetreStage(stage)))).toBe(true);
  });
});

describe('a network that is right for one size only', () => {
  const convolution = (filters: number) => tfl.layers.conv2d({ filters, kernelSize: 3, padding: 'same' });
  const refused =
    (build: (input: tfl.SymbolicTensor) => tfl.SymbolicTensor, multipleOf = 8) =>
    () =>
      fuseMillimetreStage(stageOf({ model: networkOf([16, 24, 1], build), grid: { multipleOf, outputs: OUTPUTS } }));
  const thenLogits = (layer: tfl.layers.Layer) => (input: tfl.SymbolicTensor) =>
    convolution(CLASSES).apply(layer.apply(input)) as tfl.SymbolicTensor;

  it.each([
    ['slopes for each pixel', thenLogits(tfl.layers.prelu({ name: 'own-slopes' })), /own-slopes/],
    [
      'a normalisation with weights a pixel',
      thenLogits(tfl.layers.layerNormalization({ axis: [1, 2, 3], name: 'whole' })),
      /whole/,
    ],
    [
      'a matrix over all pixels',
      (input: tfl.SymbolicTensor) => {
        const flat = tfl.layers.flatten().apply(input);
        const all = tfl.layers.dense({ units: 16 * 24 * CLASSES, name: 'all-pixels' }).apply(flat);
        return tfl.layers.reshape({ targetShape: [16, 24, CLASSES] }).apply(all) as tfl.SymbolicTensor;
      },
      /all-pixels/,
    ],
    ['fewer logits than pixels', thenLogits(tfl.layers.maxPooling2d({ poolSize: 2 })), /16 × 24 this network makes 8 × 12/],
  ] as const)('is refused: %s', (_, build, message) => {
    expect(refused(build)).toThrow(message);
  });

  it('is refused where halving it needs other padding at some multiples, naming the layer', () => {
    const halving = tfl.layers.conv2d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same', name: 'halving' });
    const build = (input: tfl.SymbolicTensor) =>
      tfl.layers.conv2dTranspose({ filters: CLASSES, kernelSize: 2, strides: 2 }).apply(halving.apply(input)) as tfl.SymbolicTensor;
    expect(refused(build, 8)).not.toThrow();
    expect(refused(build, 1)).toThrow(expect.objectContaining({ code: 'EXPORT_UNSUPPORTED' }));
  });

  it('is refused with intensities that look at the whole slice', () => {
    expect(() => fuseMillimetreStage(stageOf({ intensity: { scheme: 'min-max' } }))).toThrow(/min-max intensities/);
  });

  it('is refused where an output adds up a class that it does not tell', () => {
    const outputs = [{ ...plain, label: 1, classes: [CLASSES], threshold: 0.5 }];
    expect(() => fuseMillimetreStage(stageOf({ grid: { multipleOf: 8, outputs } }))).toThrow(/adds up class 4; .* 1 to 3/);
  });
});

describe('parity of a stage in millimetres', () => {
  const failing = async (change: (outputs: { probabilities?: Uint8Array; logits?: Float32Array }) => void) => {
    const reference = createOnnxReference();
    const stage = stageOf();
    const onnxWithLogits = fuseMillimetreStage({ ...stage, outputs: 'probabilities-and-logits' });
    const subject = { ...stage, stage: 'organs', onnx: fuseMillimetreStage(stage), onnxWithLogits };
    try {
      return await measureMillimetreParity(subject, { description: 'noise', slices: SLICES.slice(0, 1) }, async (onnx, slice) => {
        const outputs = await reference.runMillimetreOnnx(onnx, slice);
        change(outputs);
        return outputs;
      });
    } finally {
      await reference.release();
    }
  };

  it.each([
    ['a logit that is off by 1 %', ({ logits }: { logits?: Float32Array }) => logits?.set([(logits[0] as number) * 1.01 + 0.1])],
    ['a logit that is not a number', ({ logits }: { logits?: Float32Array }) => logits?.fill(Number.NaN, 0, 1)],
    [
      'a probability two steps off',
      ({ probabilities }: { probabilities?: Uint8Array }) => probabilities?.set([((probabilities[0] as number) + 2) % 256]),
    ],
  ] as const)('fails on %s', async (_, change) => {
    await expect(failing(change)).rejects.toMatchObject({ code: 'PARITY_FAILED' });
  });

  it('passes untouched', async () => {
    await expect(failing(() => {})).resolves.toMatchObject({ pixels: 3 * 768 });
  });
});
