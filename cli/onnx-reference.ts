/**
 * A stage's ONNX graph on one slice, for export and verify: what ONNX Runtime makes of a file, on the CPU if no other provider
 * is asked for.
 *
 * Beside `runtime/sessions/session-node.ts` the only importer of onnxruntime-node. It is kept apart from the runtime on purpose:
 * a check that goes through the code it checks would share its faults.
 * @module
 */
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import type { StageEngine } from '../export/bundle-stage.ts';
import { decodeModel } from '../export/onnx/decode.ts';
import type { StageSlice } from '../export/stage-slice.ts';
import type { VariantEngine } from '../export/variants/stage-variant.ts';
import { MULTIPLE_OF } from '../export/variants/webgpu-millimetre-stage.ts';
import { cutGrids } from '../preprocess/millimetre-grid.ts';
import { resizeMatrices } from '../preprocess/resize-matrices.ts';
import type { ExecutionProvider } from '../runtime/sessions/session.ts';

/** Sessions of the graphs seen so far; {@link release} them. */
export interface OnnxReference extends StageEngine, VariantEngine {
  /** The engine's package and version. */
  readonly name: string;
  readonly version: string;
  release(): Promise<void>;
}

/**
 * Opens nothing yet; a session is made when a graph is first run.
 * @param provider - No other takes over where it lacks an operator. CUDA's libraries must be loaded: `runtime/sessions/session-node.ts`
 *   does it. WebGPU takes graphs with an int32 input, which give int32 labels; the CPU takes those too.
 */
export function createOnnxReference(provider: ExecutionProvider = 'cpu'): OnnxReference {
  const sessions = new Map<Uint8Array, Promise<InferenceSession>>();
  const sessionOf = (onnx: Uint8Array): Promise<InferenceSession> => {
    const known = sessions.get(onnx);
    if (known) return known;
    const extra = provider === 'cpu' ? {} : { extra: { session: { disable_cpu_ep_fallback: '1' } } };
    const session = InferenceSession.create(onnx, { executionProviders: [provider], logSeverityLevel: 3, ...extra });
    sessions.set(onnx, session);
    return session;
  };
  const answers = async (onnx: Uint8Array, slice: StageSlice): Promise<InferenceSession.OnnxValueMapType> => {
    const session = await sessionOf(onnx);
    const hu = session.inputMetadata.find(({ name }) => name === 'hu');
    if (session.inputNames.includes('rows')) return onPaddedGrid(session, slice, multipleOf(onnx));
    return session.run(feeds(slice, hu?.isTensor && hu.type === 'int32' ? 'int32' : 'int16'));
  };
  return {
    name: 'onnxruntime-node',
    version: env.versions.node ?? 'unknown',
    async runOnnx(onnx, slice) {
      const outputs = await answers(onnx, slice);
      return { labels: labelsOf(outputs), ...logitsOf(outputs) };
    },
    async runMillimetreOnnx(onnx, slice) {
      const outputs = await answers(onnx, slice);
      return { probabilities: outputs.probabilities?.data as Uint8Array, ...logitsOf(outputs) };
    },
    async run(onnx, slice) {
      const outputs = await answers(onnx, slice);
      return outputs.labels ? labelsOf(outputs) : (outputs.probabilities?.data as Uint8Array);
    },
    async runValues(onnx, slice) {
      const outputs = await answers(onnx, slice);
      const floats = Object.entries(outputs).filter(([, { type }]) => type === 'float32');
      return new Map(floats.map(([name, { data }]) => [name, data as Float32Array]));
    },
    async release() {
      for (const session of sessions.values()) await (await session).release();
      sessions.clear();
    },
  };
}

/** What the graphs of both kinds of stages take. */
function feeds({ hu, sizePixels: [width, height], gridPixels }: StageSlice, type: 'int16' | 'int32'): Record<string, Tensor> {
  const shape = [1, 1, height, width];
  const slice = type === 'int16' ? new Tensor('int16', hu, shape) : new Tensor('int32', Int32Array.from(hu), shape);
  if (gridPixels === undefined) return { hu: slice };
  return { hu: slice, size: new Tensor('int64', BigInt64Array.from([gridPixels[1], gridPixels[0]], BigInt), [2]) };
}

/** A network for WebGPU of a stage in millimetres, whose matrices are inputs, and whose probabilities are still to be cut. */
async function onPaddedGrid(
  session: InferenceSession,
  { hu, sizePixels, gridPixels = sizePixels }: StageSlice,
  multiple: number,
): Promise<InferenceSession.OnnxValueMapType> {
  const [width, height] = sizePixels;
  const { rows, columns, air, paddedPixels } = resizeMatrices(sizePixels, gridPixels, multiple);
  const [paddedWidth, paddedHeight] = paddedPixels;
  const outputs = await session.run({
    hu: new Tensor('int32', Int32Array.from(hu), [1, 1, height, width]),
    rows: new Tensor('float32', rows, [1, 1, paddedHeight, height]),
    columns: new Tensor('float32', columns, [1, 1, width, paddedWidth]),
    air: new Tensor('float32', air, [1, 1, paddedHeight, paddedWidth]),
  });
  const { probabilities } = outputs;
  if (!probabilities) return outputs;
  const cut = cutGrids(probabilities.data as Int32Array, paddedPixels, gridPixels);
  return {
    ...outputs,
    probabilities: new Tensor('uint8', cut, [1, cut.length / (gridPixels[0] * gridPixels[1]), gridPixels[1], gridPixels[0]]),
  };
}

function multipleOf(onnx: Uint8Array): number {
  return Number(decodeModel(onnx).metadata[MULTIPLE_OF]);
}

function labelsOf({ labels }: InferenceSession.OnnxValueMapType): Uint8Array {
  return labels?.type === 'int32' ? new Uint8Array(labels.data as Int32Array) : (labels?.data as Uint8Array);
}

function logitsOf({ logits }: InferenceSession.OnnxValueMapType): { readonly logits?: Float32Array } {
  return logits ? { logits: logits.data as Float32Array } : {};
}
