/**
 * A stage in pixels → the same for ONNX Runtime's WebGPU, which has neither int16 nor uint8 nor int64 to compute with: `hu` is
 * int32, the arg-max and the way back to the slice are in float32, and `labels` are int32.
 *
 * The labels are the same numbers: of equal logits the first wins, as ArgMax has it, and whole numbers that are resized to the
 * nearest pixel stay what they are. The weights are not shared: a bundle that is to run on WebGPU is twice as large, so it is
 * made on request.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import { decodeModel } from '../onnx/decode.ts';
import { ELEMENT_TYPES, encodeModel, type OnnxNode, type OnnxTensor } from '../onnx/encode.ts';
import type { ReplayEngine } from '../replay/replay-stage.ts';
import type { StageSlice } from '../stage-slice.ts';
import { node } from './webgpu-node.ts';

/** What is put in the place of a node. */
interface Replacement {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
}

/**
 * @param onnx - A stage in pixels, in any precision: what stands behind the network is float32 in all.
 * @param channels - Logits that the network gives for a pixel.
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED` for a file that voxwatch did not write.
 */
export function toWebgpuStage(onnx: Uint8Array, channels: number): Uint8Array {
  const model = decodeModel(onnx);
  if (!model.nodes.some(({ name }) => name === 'labels'))
    throw new VoxwatchError('EXPORT_UNSUPPORTED', 'A network for WebGPU is made of a stage in pixels that voxwatch fused.');
  const replaced = model.nodes.map((one) => replacementOf(one, channels));
  return encodeModel({
    ...model,
    nodes: replaced.flatMap(({ nodes }) => nodes),
    initializers: [...model.initializers, ...replaced.flatMap(({ initializers }) => initializers)],
    inputs: model.inputs.map((input) => (input.name === 'hu' ? { ...input, elementType: 'int32' } : input)),
    outputs: model.outputs.map((output) => (output.name === 'labels' ? { ...output, elementType: 'int32' } : output)),
  });
}

/** The operators behind the logits, as `fuse-stage.ts` names them; all others stay. */
function replacementOf(one: OnnxNode, channels: number): Replacement {
  const [input = ''] = one.inputs;
  switch (one.name) {
    case 'output/largest':
      return firstLargest(one, channels);
    case 'output/labels':
      return { nodes: [node('Cast', one.name, [input], { to: ELEMENT_TYPES.float32 })], initializers: [] };
    case 'labels': {
      const resized = { ...one, name: 'output/resized', outputs: ['output/resized'] };
      return { nodes: [resized, node('Cast', 'labels', ['output/resized'], { to: ELEMENT_TYPES.int32 })], initializers: [] };
    }
    default:
      return { nodes: [one], initializers: [] };
  }
}

/**
 * The first channel with the largest logit: channel c of C that has it scores C − c, the others 0; C − the best score is it.
 * Where no logit is a number the answer is C, which no manifest names, so the run fails.
 */
function firstLargest({ name, inputs: [logits = ''] }: OnnxNode, channels: number): Replacement {
  const scores = Float32Array.from({ length: channels }, (_, c) => channels - c);
  const axis = `${name}/axis`;
  return {
    nodes: [
      node('ReduceMax', `${name}/logit`, [logits, axis], { keepdims: 1 }),
      node('Equal', `${name}/is-it`, [logits, `${name}/logit`]),
      node('Cast', `${name}/one-if-it`, [`${name}/is-it`], { to: ELEMENT_TYPES.float32 }),
      node('Mul', `${name}/scores`, [`${name}/one-if-it`, `${name}/scores-of-channels`]),
      node('ReduceMax', `${name}/score`, [`${name}/scores`, axis], { keepdims: 1 }),
      node('Sub', name, [`${name}/channels`, `${name}/score`]),
    ],
    initializers: [
      { name: axis, dims: [1], data: BigInt64Array.of(1n) },
      { name: `${name}/scores-of-channels`, dims: [1, channels, 1, 1], data: scores },
      { name: `${name}/channels`, dims: [], data: Float32Array.of(channels) },
    ],
  };
}

/**
 * Shows that both files of a stage give the same labels, bit by bit, on the same engine.
 * @throws {VoxwatchError} `PARITY_FAILED` where a pixel differs.
 */
export async function requireSameLabels(
  { onnx, webgpu }: { readonly onnx: Uint8Array; readonly webgpu: Uint8Array },
  slices: readonly StageSlice[],
  engine: Pick<ReplayEngine, 'run'>,
): Promise<void> {
  for (const slice of slices) {
    const [expected, found] = [await engine.run(onnx, slice), await engine.run(webgpu, slice)];
    const differing = expected.reduce((count, label, p) => count + (label === found[p] ? 0 : 1), 0);
    if (differing > 0 || expected.length !== found.length)
      throw new VoxwatchError(
        'PARITY_FAILED',
        `The network for WebGPU gives ${differing} pixels another label than the one it is made of.`,
      );
  }
}
