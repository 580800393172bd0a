/** The network that a stage in millimetres gets for WebGPU, on the CPU: what a GPU makes of it, only a GPU shows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOnnxReference, type OnnxReference } from '../../../cli/onnx-reference.ts';
import type { StageOutput } from '../../../core/millimetre-stage.ts';
import { fuseMillimetreStage } from '../../../export/fuse-millimetre-stage.ts';
import { decodeModel } from '../../../export/onnx/decode.ts';
import { ELEMENT_TYPES } from '../../../export/onnx/encode.ts';
import { requireSameProbabilities, toWebgpuMillimetreStage } from '../../../export/variants/webgpu-millimetre-stage.ts';
import { randomNumbers } from '../onnx-fixtures.ts';
import { STEM_MULTIPLE, stemUnet } from '../stem-unet.ts';

let reference: OnnxReference;
beforeAll(() => {
  reference = createOnnxReference();
});
afterAll(() => reference.release());

const plain = { smoothingMm: 0, maxComponents: 0, minComponentMl: 0, fillHoles: false };
const OUTPUTS: readonly StageOutput[] = [
  { ...plain, label: 1, classes: [1, 2], threshold: 0.45 },
  { ...plain, label: 2, classes: [2], threshold: 0.5 },
];
const STAGE = { outputs: OUTPUTS, multipleOf: STEM_MULTIPLE };

function stage(classes: number, outputs = OUTPUTS): Uint8Array {
  return fuseMillimetreStage({
    model: stemUnet([null, null], classes),
    intensity: { scheme: 'standardise', clampHu: [-200, 300], meanHu: 50, standardDeviationHu: 250 },
    grid: { ...STAGE, outputs },
    softwareVersion: '1',
    metadata: {},
    inputType: 'int16',
    outputs: 'probabilities',
  });
}

function noise(sizePixels: readonly [number, number], gridPixels: readonly [number, number], seed: number) {
  const next = randomNumbers(seed);
  const hu = Int16Array.from({ length: sizePixels[0] * sizePixels[1] }, () => 40 + 300 * next());
  return { hu, sizePixels, gridPixels };
}

const SLICES = [noise([64, 48], [32, 24], 1), noise([61, 47], [29, 41], 2), noise([20, 30], [47, 33], 3), noise([1, 1], [3, 9], 4)];

describe('the network for WebGPU of a stage in millimetres', () => {
  it('gives its probabilities, finer and coarser than the slice, on whole multiples and beside them', async () => {
    const onnx = stage(4);
    const webgpu = toWebgpuMillimetreStage(onnx, 4, STAGE);
    await requireSameProbabilities({ onnx, webgpu }, SLICES, reference);
    const answer = await reference.run(webgpu, SLICES[1] as (typeof SLICES)[0]);
    expect(answer).toHaveLength(2 * 29 * 41);
    expect(new Set(answer).size).toBeGreaterThan(10);
  });

  it('of one logit is a sigmoid', async () => {
    const outputs = [{ ...plain, label: 1, classes: [1], threshold: 0.5 }];
    const onnx = stage(1, outputs);
    await requireSameProbabilities({ onnx, webgpu: toWebgpuMillimetreStage(onnx, 1, { ...STAGE, outputs }) }, SLICES, reference);
  });

  it('computes with no type that WebGPU lacks, and resizes nothing with antialiasing', () => {
    const model = decodeModel(toWebgpuMillimetreStage(stage(4), 4, STAGE));
    expect(model.inputs.map(({ name, elementType }) => [name, elementType])).toEqual([
      ['hu', 'int32'],
      ['rows', 'float32'],
      ['columns', 'float32'],
      ['air', 'float32'],
    ]);
    expect(model.outputs.map(({ elementType }) => elementType)).toEqual(['int32']);
    expect(model.nodes.filter(({ attributes }) => attributes.antialias)).toEqual([]);
    const casts = model.nodes.filter(({ operator }) => operator === 'Cast').map(({ attributes }) => attributes.to);
    for (const to of casts) expect([ELEMENT_TYPES.float32, ELEMENT_TYPES.int32]).toContain(to);
  });

  it('is refused where it gives something else', async () => {
    const onnx = stage(4);
    const other = toWebgpuMillimetreStage(onnx, 4, { ...STAGE, outputs: OUTPUTS.toReversed() });
    await expect(requireSameProbabilities({ onnx, webgpu: other }, SLICES, reference)).rejects.toMatchObject({
      code: 'PARITY_FAILED',
    });
  });
});
