/** The network that a stage gets for WebGPU, on the CPU: what a GPU makes of it, only a GPU shows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOnnxReference, type OnnxReference } from '../../../cli/onnx-reference.ts';
import { fuseStage } from '../../../export/fuse-stage.ts';
import { decodeModel } from '../../../export/onnx/decode.ts';
import { ELEMENT_TYPES, encodeModel, type OnnxNode } from '../../../export/onnx/encode.ts';
import { requireSameLabels, toWebgpuStage } from '../../../export/variants/webgpu-stage.ts';
import { huSlice, smallEnet, statisticsOf } from '../small-enet.ts';

let reference: OnnxReference;
beforeAll(() => {
  reference = createOnnxReference();
});
afterAll(() => reference.release());

/** A stage whose logits are HU times a weight a channel, so that ties can be had on purpose. */
function weightedStage(weights: readonly number[]): Uint8Array {
  const node = (operator: string, name: string, inputs: readonly string[], attributes: OnnxNode['attributes'] = {}): OnnxNode => ({
    operator,
    name,
    inputs,
    outputs: [name],
    attributes,
  });
  return encodeModel({
    graphName: 'stage',
    producerName: 'test',
    producerVersion: '1',
    nodes: [
      node('Cast', 'input/float', ['hu'], { to: ELEMENT_TYPES.float32 }),
      node('Mul', 'network/logits', ['input/float', 'network/weights']),
      node('ArgMax', 'output/largest', ['network/logits'], { axis: 1, keepdims: 1, select_last_index: 0 }),
      node('Cast', 'output/labels', ['output/largest'], { to: ELEMENT_TYPES.uint8 }),
      node('Shape', 'output/size', ['hu'], { start: 2, end: 4 }),
      node('Resize', 'labels', ['output/labels', '', '', 'output/size'], { axes: [2, 3], mode: 'nearest' }),
    ],
    initializers: [{ name: 'network/weights', dims: [1, weights.length, 1, 1], data: Float32Array.from(weights) }],
    inputs: [{ name: 'hu', elementType: 'int16', dims: ['N', 1, 'H', 'W'] }],
    outputs: [{ name: 'labels', elementType: 'uint8', dims: ['N', 1, 'H', 'W'] }],
    metadata: {},
  });
}

const hu = Int16Array.of(-1024, -1, 0, 1, 2, 3071);
const slice = { hu, sizePixels: [3, 2] } as const;

describe('the network for WebGPU', () => {
  it.each([
    [
      [0, 0, 1],
      [0, 0, 0, 2, 2, 2],
    ],
    [
      [1, 1, -1],
      [2, 2, 0, 0, 0, 0],
    ],
    [
      [0, 0],
      [0, 0, 0, 0, 0, 0],
    ],
    [
      [-1, 1, 1, -1],
      [0, 0, 0, 1, 1, 1],
    ],
  ] as const)('of equal logits takes the first, as the one it is made of: weights %j', async (weights, labels) => {
    const onnx = weightedStage(weights);
    expect([...(await reference.run(onnx, slice))]).toEqual([...labels]);
    expect([...(await reference.run(toWebgpuStage(onnx, weights.length), slice))]).toEqual([...labels]);
  });

  it('gives the labels of an ENet on slices of other sizes than its grid, and has its weights', async () => {
    const gridPixels = [32, 24] as const;
    const onnx = fuseStage({
      model: smallEnet(gridPixels, 3),
      intensity: { scheme: 'feature-wise', statistics: statisticsOf(gridPixels) },
      gridPixels,
      softwareVersion: '1',
      metadata: {},
      inputType: 'int16',
      outputs: 'labels',
    });
    const webgpu = toWebgpuStage(onnx, 3);
    const slices = [huSlice([32, 24], 1), huSlice([47, 61], 2)];
    await requireSameLabels({ onnx, webgpu }, slices, reference);
    expect(new Set(await reference.run(webgpu, slices[1] as (typeof slices)[0])).size).toBeGreaterThan(1);
    const names = new Set(decodeModel(webgpu).initializers.map(({ name }) => name));
    for (const { name } of decodeModel(onnx).initializers) expect(names.has(name)).toBe(true);
  });

  it('computes with no type that WebGPU lacks', () => {
    const model = decodeModel(toWebgpuStage(weightedStage([0, 1]), 2));
    expect([...model.inputs, ...model.outputs].map(({ elementType }) => elementType)).toEqual(['int32', 'int32']);
    expect(model.nodes.some(({ operator }) => operator === 'ArgMax')).toBe(false);
    const casts = model.nodes.filter(({ operator }) => operator === 'Cast').map(({ attributes }) => attributes.to);
    for (const to of casts) expect([ELEMENT_TYPES.float32, ELEMENT_TYPES.int32]).toContain(to);
  });

  it('is refused where its labels are others', async () => {
    const onnx = weightedStage([0, 0, 1]);
    const other = toWebgpuStage(weightedStage([0, 1, 0]), 3);
    const proof = requireSameLabels({ onnx, webgpu: other }, [slice], reference);
    await expect(proof).rejects.toMatchObject({ code: 'PARITY_FAILED', message: expect.stringContaining('3 pixels') });
  });

  it('is refused for what voxwatch did not fuse', () => {
    const model = decodeModel(weightedStage([0, 1]));
    const foreign = encodeModel({ ...model, nodes: model.nodes.filter(({ name }) => name !== 'labels') });
    expect(() => toWebgpuStage(foreign, 2)).toThrow(/in pixels/);
  });
});
