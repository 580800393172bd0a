/**
 * ONNX networks → sessions of onnxruntime-node. The only file that knows it.
 *
 * ONNX Runtime's own fall-back is silent: an operator without a GPU kernel goes to the CPU, an unknown provider is
 * dropped. So one provider is asked per attempt with that fall-back switched off, and each network runs once at its full
 * size (a missing cuDNN shows only there). The order of providers and their proof are `first-provider.ts`'s.
 * @module
 */
import type * as Ort from 'onnxruntime-node';
import { VoxwatchError } from '../../core/errors.ts';
import { DRIVER_LIBRARY, PROVIDER_LIBRARIES } from './cuda-libraries.ts';
import { firstProvider } from './first-provider.ts';
import { freeCores } from './free-cores.ts';
import type { OrtEngine } from './ort-engine.ts';
import { openOrtSessions } from './ort-session.ts';
import { preloadCuda } from './preload-cuda.ts';
import { refusalReason } from './refusal-reason.ts';
import type { ExecutionProvider, LoadedSessions, OpenSessions, StageModel } from './session.ts';

/** Threads beyond this gain nothing on slices of 512². */
const MAX_THREADS = 8;

/** Slices a run. On CPU batching gains nothing and costs memory; a GPU wants a fixed batch, or its arena grows. */
const BATCH_SLICES: Readonly<Record<ExecutionProvider, number>> = { cpu: 1, cuda: 8, webgpu: 8 };

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
  const notLoaded = provider === 'cuda' ? preloadCuda() : [];
  const ort = await import('onnxruntime-node');
  // Its errors would go to stderr with the paths of this machine; the caller gets them as reasons.
  ort.env.logLevel = 'fatal';
  const engine: OrtEngine<Ort.Tensor> = {
    provider,
    batchSlices: BATCH_SLICES[provider],
    create: (onnx) => ort.InferenceSession.create(onnx, sessionOptions(provider, threads)),
    tensor: (data, shape) => new ort.Tensor(data, shape),
  };
  try {
    return await openOrtSessions(engine, models);
  } catch (thrown) {
    const reason = refusalReason(thrown);
    const lack = notLoaded.length > 0 ? whatCudaLacks(notLoaded) : provider === 'cuda' ? whatProviderLacks(reason) : undefined;
    if (lack === undefined) throw thrown;
    throw new VoxwatchError('PROVIDER_UNAVAILABLE', `${reason} ${lack}`, {}, thrown);
  }
}

/** @param notLoaded - At least one name. */
function whatCudaLacks(notLoaded: readonly string[]): string {
  const brought = notLoaded.filter((name) => name !== DRIVER_LIBRARY);
  const driver = notLoaded.includes(DRIVER_LIBRARY) ? `There is no NVIDIA driver (${DRIVER_LIBRARY}).` : '';
  const rest =
    brought.length === 1
      ? `${brought[0]} is not there, or damaged: voxwatch setup cuda brings it.`
      : `${brought.length} libraries are not there, ${brought[0]} first: voxwatch setup cuda brings them.`;
  return brought.length > 0 ? `${driver} ${rest}`.trim() : driver;
}

/** Where all of NVIDIA's libraries load, what does not is ONNX Runtime's own. */
function whatProviderLacks(reason: string): string | undefined {
  if (!/load shared library/i.test(reason)) return undefined;
  return `NVIDIA's libraries are there; ONNX Runtime's own, ${PROVIDER_LIBRARIES.join(' and ')}, are missing or of another version: voxwatch setup cuda puts the right ones there.`;
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
