/**
 * Sessions of ONNX Runtime → ours, whichever of its builds they come from: for Node or for the web. Knows neither.
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';
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

/** What the warm-up slice is made of, HU. */
const AIR_HU = -1000;

/** An output. */
export interface OrtAnswer {
  /** A typed array, by the type of the output. */
  readonly data: unknown;
  readonly dims: readonly number[];
}

/** What is asked of a session of ONNX Runtime. */
export interface OrtSession<Tensor> {
  run(feeds: Readonly<Record<string, Tensor>>, outputs: readonly string[]): Promise<Readonly<Record<string, OrtAnswer>>>;
  release(): Promise<void>;
}

/** A build of ONNX Runtime, set to one provider. */
export interface OrtEngine<Tensor> {
  readonly provider: ExecutionProvider;
  /** Slices a run. */
  readonly batchSlices: number;
  create(onnx: Uint8Array): Promise<OrtSession<Tensor>>;
  /** @param data - int16, int32, int64 or float32, as its type says. */
  tensor(data: Int16Array | Int32Array | BigInt64Array | Float32Array, shape: readonly number[]): Tensor;
}

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
    for (const [index, { warmUpPixels, warmUpGridPixels, tile }] of models.entries()) {
      const session = ourSession(engine, await engine.create(networks[index] as Uint8Array));
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

function ourSession<Tensor>(engine: OrtEngine<Tensor>, session: OrtSession<Tensor>): InferenceSession {
  return {
    async run(hu: Int16Array, batch: SliceBatch): Promise<Uint8Array> {
      const { slices, height, width, gridPixels } = batch;
      const output = gridPixels ? 'probabilities' : 'labels';
      try {
        const values = engine.provider === 'webgpu' ? Int32Array.from(hu) : hu;
        const feeds = {
          hu: engine.tensor(values, [slices, 1, height, width]),
          ...(gridPixels ? { size: engine.tensor(heightAndWidth(gridPixels), [2]) } : {}),
        };
        const { [output]: found } = await session.run(feeds, [output]);
        const data = found?.data;
        const isAsked = isOfShape(found?.dims ?? [], batch);
        if (isAsked && data instanceof Uint8Array) return data;
        // WebGPU has no uint8 to compute with.
        if (isAsked && data instanceof Int32Array && engine.provider === 'webgpu') return new Uint8Array(data);
      } catch (cause) {
        throw new VoxwatchError('INFERENCE_FAILED', `A network could not be run: ${refusalReason(cause)}`, {}, cause);
      }
      const expected = gridPixels ? 'uint8 probabilities on its grid' : 'one uint8 label per pixel';
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

/** As the graphs take them. */
function heightAndWidth([width, height]: readonly [number, number]): BigInt64Array {
  return BigInt64Array.of(BigInt(height), BigInt(width));
}

/**
 * Whether an answer has the shape that its batch asks for: as many values may also be a network that swaps the sides. How
 * many outputs a stage has, only its manifest knows.
 */
function isOfShape(dims: readonly number[], { slices, height, width, gridPixels }: SliceBatch): boolean {
  const [outputs = 0] = dims.slice(1);
  const expected = gridPixels ? [slices, Math.max(1, outputs), gridPixels[1], gridPixels[0]] : [slices, 1, height, width];
  return dims.join() === expected.join();
}
