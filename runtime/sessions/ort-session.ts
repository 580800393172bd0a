/**
 * Sessions of ONNX Runtime → ours, whichever of its builds they come from: for Node or for the web. Knows neither.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { OrtEngine, OrtSession } from './ort-engine.ts';
import { refusalReason } from './refusal-reason.ts';
import {
  type ExecutionProvider,
  type InferenceSession,
  type LoadedSessions,
  networkOn,
  type SliceBatch,
  type StageModel,
  type TileSignature,
} from './session.ts';
import { sliceExchange } from './slice-exchange.ts';

/** What the warm-up slice is made of, HU. */
const AIR_HU = -1000;

/**
 * Loads all networks and runs each once at its full size: some failures show only there.
 * @throws whatever the engine throws; what was loaded is let go.
 */
export async function openOrtSessions<Tensor>(engine: OrtEngine<Tensor>, models: readonly StageModel[]): Promise<LoadedSessions> {
  const { provider, batchSlices } = engine;
  const networks = models.map((model) => networkFor(provider, model));
  const sessions: InferenceSession[] = [];
  const release = async (): Promise<void> => void (await Promise.all(sessions.map((session) => session.release())));
  try {
    for (const [index, model] of models.entries()) {
      const { warmUpPixels, warmUpGridPixels, tile } = model;
      const session = ourSession(engine, await engine.create(networks[index] as Uint8Array), model);
      sessions.push(session);
      if (tile) {
        await session.runTile?.(new Float32Array(tile.shape.reduce((product, length) => product * length, 1)), tile);
        continue;
      }
      const [width, height] = warmUpPixels;
      const batch = { slices: batchSlices, width, height, ...(warmUpGridPixels ? { gridPixels: warmUpGridPixels } : {}) };
      await session.run(new Int16Array(batch.slices * batch.width * batch.height).fill(AIR_HU), batch);
    }
    return { provider, sessions, batchSlices, release };
  } catch (thrown) {
    await release();
    throw thrown;
  }
}

/** @throws {VoxwatchError} where a bundle holds no network that the provider could take. */
function networkFor(provider: ExecutionProvider, model: StageModel): Uint8Array {
  const { name, tile } = model;
  const { onnx, int32Onnx } = networkOn(provider, model);
  if (provider !== 'webgpu' || tile) return onnx;
  if (int32Onnx) return int32Onnx;
  throw new VoxwatchError('PROVIDER_UNAVAILABLE', `The bundle holds no int32 network of stage ${name}, and WebGPU has no int16.`);
}

function ourSession<Tensor>(
  engine: OrtEngine<Tensor>,
  session: OrtSession<Tensor>,
  { gridMultiple }: Pick<StageModel, 'gridMultiple'>,
): InferenceSession {
  const exchange = sliceExchange(engine, gridMultiple);
  return {
    async run(hu: Int16Array, batch: SliceBatch): Promise<Uint8Array> {
      let values: Uint8Array | undefined;
      try {
        const { [exchange.output]: found } = await session.run(exchange.feeds(hu, batch), [exchange.output]);
        values = exchange.read(found, batch);
      } catch (cause) {
        throw new VoxwatchError('INFERENCE_FAILED', `A network could not be run: ${refusalReason(cause)}`, {}, cause);
      }
      if (values) return values;
      const expected = gridMultiple === undefined ? 'one uint8 label per pixel' : 'uint8 probabilities on its grid';
      throw new VoxwatchError('INFERENCE_FAILED', `A network did not answer with ${expected}.`);
    },
    async runTile(values: Float32Array, { input, output, shape }: TileSignature): Promise<Float32Array> {
      try {
        const { [output]: found } = await session.run({ [input]: engine.tensor(values, shape) }, [output]);
        const data = found?.data;
        if (data instanceof Float32Array) return data;
        if (data instanceof BigInt64Array || data instanceof Uint8Array || data instanceof Int32Array)
          return Float32Array.from(data, Number);
      } catch (cause) {
        throw new VoxwatchError('INFERENCE_FAILED', `A network could not be run: ${refusalReason(cause)}`, {}, cause);
      }
      throw new VoxwatchError('INFERENCE_FAILED', 'A network did not answer with float32, uint8, int32 or int64 numbers.');
    },
    release: () => session.release(),
  };
}
