/**
 * A stage in millimetres → the same for ONNX Runtime's WebGPU, which has neither int16, uint8 nor int64 to compute with, and no
 * antialiased Resize.
 *
 * What stands before the intensities becomes two products and a sum, with the matrices as inputs (`preprocess/resize-matrices.ts`):
 * `rows` · `hu` · `columns` + `air`. What stands behind the shares of the classes becomes one 1 × 1 convolution. `hu` is int32,
 * `probabilities` are int32 on the padded grid: whoever runs it cuts them.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { MillimetreStage } from '../../core/model-manifest.ts';
import { CERTAIN } from '../../preprocess/millimetre-grid.ts';
import { channelsOfClasses } from '../fuse-millimetre-stage.ts';
import { decodeModel } from '../onnx/decode.ts';
import { ELEMENT_TYPES, encodeModel, type OnnxNode, type OnnxTensor } from '../onnx/encode.ts';
import { isKernelCast } from '../onnx/stored-halves.ts';
import type { ReplayEngine } from '../replay/replay-stage.ts';
import type { StageSlice } from '../stage-slice.ts';
import { node } from './webgpu-node.ts';

/** Under which name the file says what its padded grid is a multiple of. */
export const MULTIPLE_OF = 'multipleOf';

/** The value that intensities begin with, and those that end the network, as `fuse-millimetre-stage.ts` names them. */
const [PADDED, SHARES, PROBABILITIES] = ['input/padded', 'output/shares', 'probabilities'] as const;

/** Steps of 255 that the two files may be apart: a probability may be rounded the other way. */
const MOST_STEPS = 1;

/**
 * @param onnx - A stage in millimetres, in any precision: what stands before and behind the network is float32 in all.
 * @param channels - Logits that the network gives for a pixel.
 * @throws {VoxwatchError} `EXPORT_UNSUPPORTED` for a file that voxwatch did not write.
 */
export function toWebgpuMillimetreStage(
  onnx: Uint8Array,
  channels: number,
  { outputs, multipleOf }: Pick<MillimetreStage, 'outputs' | 'multipleOf'>,
): Uint8Array {
  const model = decodeModel(onnx);
  const from = model.nodes.findIndex(({ name }) => name === PADDED);
  const to = model.nodes.findIndex(({ name }) => name === SHARES);
  if (from < 0 || to < from)
    throw new VoxwatchError('EXPORT_UNSUPPORTED', 'A network for WebGPU is made of a stage that voxwatch fused.');
  // ONNX Runtime computes these once, when it loads the file.
  const kernels = model.nodes.slice(0, from).filter(isKernelCast);
  const nodes = [...kernels, ...resized(), ...model.nodes.slice(from + 1, to + 1), ...probabilities()];
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const constants = [...model.initializers, classSums(channels, outputs)];
  return encodeModel({
    ...model,
    nodes,
    initializers: constants.filter(({ name }) => read.has(name)),
    inputs: [
      { name: 'hu', elementType: 'int32', dims: ['N', 1, 'H', 'W'] },
      { name: 'rows', elementType: 'float32', dims: [1, 1, 'padded-h', 'H'] },
      { name: 'columns', elementType: 'float32', dims: [1, 1, 'W', 'padded-w'] },
      { name: 'air', elementType: 'float32', dims: [1, 1, 'padded-h', 'padded-w'] },
    ],
    outputs: [{ name: PROBABILITIES, elementType: 'int32', dims: ['N', outputs.length, 'padded-h', 'padded-w'] }],
    metadata: { ...model.metadata, [MULTIPLE_OF]: String(multipleOf) },
  });
}

function resized(): readonly OnnxNode[] {
  return [
    node('Cast', 'input/float', ['hu'], { to: ELEMENT_TYPES.float32 }),
    node('MatMul', 'input/narrowed', ['input/float', 'columns']),
    node('MatMul', 'input/resized', ['rows', 'input/narrowed']),
    node('Add', PADDED, ['input/resized', 'air']),
  ];
}

function probabilities(): readonly OnnxNode[] {
  return [
    node('Conv', 'output/all', [SHARES, 'output/class-sums']),
    node('Mul', 'output/scaled', ['output/all', 'output/certain']),
    // A cast cuts what stands behind the point.
    node('Add', 'output/rounded', ['output/scaled', 'output/half']),
    node('Cast', PROBABILITIES, ['output/rounded'], { to: ELEMENT_TYPES.int32 }),
  ];
}

/** [outputs, channels, 1, 1]: 1 for each class that an output adds up. */
function classSums(channels: number, outputs: MillimetreStage['outputs']): OnnxTensor {
  const data = new Float32Array(outputs.length * channels);
  outputs.forEach(({ classes }, k) => {
    for (const channel of channelsOfClasses(classes, channels)) data[k * channels + channel] = 1;
  });
  return { name: 'output/class-sums', dims: [outputs.length, channels, 1, 1], data };
}

/**
 * Shows that both files of a stage give the same probabilities on the same engine, but for the rounding of sums.
 * @throws {VoxwatchError} `PARITY_FAILED`.
 */
export async function requireSameProbabilities(
  { onnx, webgpu }: { readonly onnx: Uint8Array; readonly webgpu: Uint8Array },
  slices: readonly StageSlice[],
  engine: Pick<ReplayEngine, 'run'>,
): Promise<void> {
  for (const slice of slices) {
    const [expected, found] = [await engine.run(onnx, slice), await engine.run(webgpu, slice)];
    const largest = expected.reduce((most, value, p) => Math.max(most, Math.abs(value - (found[p] ?? Number.NaN))), 0);
    // Negated, so that NaN fails.
    if (!(largest <= MOST_STEPS) || expected.length !== found.length)
      throw new VoxwatchError(
        'PARITY_FAILED',
        `The network for WebGPU gives probabilities that are up to ${largest} of ${CERTAIN} from the one it is made of.`,
      );
  }
}
