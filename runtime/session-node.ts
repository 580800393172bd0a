/**
 * ONNX networks → sessions of onnxruntime-node. The only file that knows it.
 *
 * ONNX Runtime's own fall-back is silent: an operator without a GPU kernel goes to the CPU, an unknown provider is
 * dropped. So one provider is asked per attempt with that fall-back switched off, and each network runs once at its full
 * size (a missing cuDNN shows only there). The order of providers and their proof are `first-provider.ts`'s.
 * @module
 */
import type * as Ort from 'onnxruntime-node';
import { VoxwatchError } from '../core/errors.ts';
import { DRIVER_LIBRARY } from './cuda-libraries.ts';
import { firstProvider } from './first-provider.ts';
import { freeCores } from './free-cores.ts';
import { preloadCuda } from './preload-cuda.ts';
import { refusalReason } from './refusal-reason.ts';
import {
  type ExecutionProvider,
  type InferenceSession,
  type LoadedSessions,
  networkOn,
  type OpenSessions,
  type SliceBatch,
  type StageModel,
} from './session.ts';

/** Threads beyond this gain nothing on slices of 512². */
const MAX_THREADS = 8;

/** Slices a run. On CPU batching gains nothing and costs memory; a GPU wants a fixed batch, or its arena grows. */
const BATCH_SLICES: Readonly<Record<ExecutionProvider, number>> = { cpu: 1, cuda: 8, webgpu: 8 };

/** What the warm-up slice is made of, HU. */
const AIR_HU = -1000;

export interface NodeSessionOptions {
  /** Asked in this order; the first that takes all stages is used. */
  readonly providers: readonly ExecutionProvider[];
  /** CPU threads of one session. Default: {@link defaultThreads}. */
  readonly threads?: number;
}

/** The providers behind a user's choice; one that is named stands alone, so it fails closed. */
export function providersOf(choice: 'auto' | ExecutionProvider): readonly ExecutionProvider[] {
  return choice === 'auto' ? ['cuda', 'webgpu', 'cpu'] : [choice];
}

/** The cores that this process may use, cgroups included, at most {@link MAX_THREADS}. */
export function defaultThreads(): number {
  return Math.min(freeCores(), MAX_THREADS);
}

/** Sessions of onnxruntime-node, see {@link OpenSessions}. */
export function nodeSessions({ providers, threads }: NodeSessionOptions): OpenSessions {
  const cpuThreads = threads ?? defaultThreads();
  return firstProvider({ providers, open: (provider, models) => openAll(models, provider, cpuThreads) });
}

async function openAll(models: readonly StageModel[], provider: ExecutionProvider, threads: number): Promise<LoadedSessions> {
  const networks = models.map((model) => networkFor(provider, model));
  const notLoaded = provider === 'cuda' ? preloadCuda() : [];
  const ort = await import('onnxruntime-node');
  // Its errors would go to stderr with the paths of this machine; the caller gets them as reasons.
  ort.env.logLevel = 'fatal';
  const batchSlices = BATCH_SLICES[provider];
  const sessions: InferenceSession[] = [];
  const release = async (): Promise<void> => void (await Promise.all(sessions.map((session) => session.release())));
  try {
    for (const [index, { warmUpPixels, warmUpGridPixels }] of models.entries()) {
      const native = await ort.InferenceSession.create(networks[index] as Uint8Array, sessionOptions(provider, threads));
      const session = wrap(ort, native, provider);
      sessions.push(session);
      const [width, height] = warmUpPixels;
      const batch = { slices: batchSlices, width, height, ...(warmUpGridPixels ? { gridPixels: warmUpGridPixels } : {}) };
      await session.run(new Int16Array(batch.slices * batch.width * batch.height).fill(AIR_HU), batch);
    }
    return { provider, sessions, batchSlices, release };
  } catch (thrown) {
    await release();
    if (notLoaded.length === 0) throw thrown;
    throw new VoxwatchError('PROVIDER_UNAVAILABLE', `${refusalReason(thrown)} ${whatCudaLacks(notLoaded)}`, {}, thrown);
  }
}

/** @param notLoaded - At least one name. */
function whatCudaLacks(notLoaded: readonly string[]): string {
  const brought = notLoaded.filter((name) => name !== DRIVER_LIBRARY);
  const driver = notLoaded.includes(DRIVER_LIBRARY) ? `There is no NVIDIA driver (${DRIVER_LIBRARY}).` : '';
  const rest = `${brought.length} libraries are not there, ${brought[0]} first: voxwatch setup cuda brings them.`;
  return brought.length > 0 ? `${driver} ${rest}`.trim() : driver;
}

/** @throws {VoxwatchError} where a bundle holds no network that the provider could take. */
function networkFor(provider: ExecutionProvider, model: StageModel): Uint8Array {
  const { onnx, int32Onnx } = networkOn(provider, model);
  if (provider !== 'webgpu') return onnx;
  if (int32Onnx) return int32Onnx;
  throw new VoxwatchError(
    'PROVIDER_UNAVAILABLE',
    `The bundle holds no int32 network of stage ${model.name}, and WebGPU has no int16.`,
  );
}

function sessionOptions(provider: ExecutionProvider, threads: number): Ort.InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    extra: {
      session: {
        // The sessions of a cascade are used in turn: the threads of one must not spin while the other works (2 × slower).
        force_spinning_stop: '1',
        ...(provider === 'cpu' ? {} : { disable_cpu_ep_fallback: '1' }),
      },
    },
  };
}

function wrap(ort: typeof Ort, session: Ort.InferenceSession, provider: ExecutionProvider): InferenceSession {
  const tensorOf = (hu: Int16Array, shape: readonly number[]): Ort.Tensor =>
    provider === 'webgpu' ? new ort.Tensor('int32', Int32Array.from(hu), shape) : new ort.Tensor('int16', hu, shape);
  return {
    async run(hu: Int16Array, batch: SliceBatch): Promise<Uint8Array> {
      const { slices, height, width, gridPixels } = batch;
      const output = gridPixels ? 'probabilities' : 'labels';
      try {
        const feeds = {
          hu: tensorOf(hu, [slices, 1, height, width]),
          ...(gridPixels ? { size: sizeTensor(ort, gridPixels) } : {}),
        };
        const { [output]: found } = await session.run(feeds, [output]);
        const data = found?.data;
        if (data instanceof Uint8Array && isOfShape(found?.dims ?? [], batch)) return data;
      } catch (cause) {
        throw new VoxwatchError('INFERENCE_FAILED', `A network could not be run: ${refusalReason(cause)}`, {}, cause);
      }
      const expected = gridPixels ? 'uint8 probabilities on its grid' : 'one uint8 label per pixel';
      throw new VoxwatchError('INFERENCE_FAILED', `A network did not answer with ${expected}.`);
    },
    release: () => session.release(),
  };
}

/** Height and width, as the graphs take them. */
function sizeTensor(ort: typeof Ort, [width, height]: readonly [number, number]): Ort.Tensor {
  return new ort.Tensor('int64', BigInt64Array.of(BigInt(height), BigInt(width)), [2]);
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
