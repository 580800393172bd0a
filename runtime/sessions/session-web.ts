/**
 * ONNX networks → sessions of onnxruntime-web. The only file that knows it.
 *
 * The CPU provider is WebAssembly here. Its threads need a page that is cross-origin isolated (COOP and COEP headers);
 * without, it has one. `run` blocks whoever calls it: a page does well to segment in a worker.
 * @module
 */
import type * as Ort from 'onnxruntime-web';
import { firstProvider } from './first-provider.ts';
import type { OrtEngine, OrtSession } from './ort-engine.ts';
import { openOrtSessions } from './ort-session.ts';
import type { LoadedSessions, OpenSessions, StageModel } from './session.ts';

/** Threads beyond this gain nothing on slices of 512². */
const MAX_THREADS = 8;

/** What a browser can offer; `cpu` is WebAssembly. */
export type WebProvider = 'webgpu' | 'cpu';

/** Slices a run: as `session-node.ts`, but a browser's GPU has less memory to spare. */
const BATCH_SLICES: Readonly<Record<WebProvider, number>> = { cpu: 1, webgpu: 4 };

export interface WebSessionOptions {
  /** Asked in this order; the first that takes all stages is used. Default: the CPU alone. */
  readonly providers?: readonly WebProvider[];
  /**
   * URL of the folder, with a `/` at its end, from which the page serves the files `ort-wasm-simd-threaded*` of
   * onnxruntime-web's `dist/`. Default: where that package finds them itself, which few bundlers leave possible.
   */
  readonly wasmFolder?: string;
  /** Threads of WebAssembly; those of the first bundle loaded count for all. Default: {@link defaultWebThreads}. */
  readonly threads?: number;
}

/** As many as there are cores, at most {@link MAX_THREADS}; one where the page is not cross-origin isolated. */
export function defaultWebThreads(): number {
  const { crossOriginIsolated = false, navigator } = globalThis as {
    readonly crossOriginIsolated?: boolean;
    readonly navigator?: { readonly hardwareConcurrency?: number };
  };
  return crossOriginIsolated ? Math.min(navigator?.hardwareConcurrency ?? 1, MAX_THREADS) : 1;
}

/** Sessions of onnxruntime-web, see {@link OpenSessions}. */
export function webSessions({ providers = ['cpu'], wasmFolder, threads }: WebSessionOptions = {}): OpenSessions {
  const open = async (provider: WebProvider, models: readonly StageModel[]): Promise<LoadedSessions> => {
    const ort = await importOrt(provider);
    ort.env.logLevel = 'fatal';
    ort.env.wasm.numThreads = threads ?? defaultWebThreads();
    if (wasmFolder !== undefined) ort.env.wasm.wasmPaths = wasmFolder;
    return openOrtSessions(engineOf(ort, provider), models);
  };
  return firstProvider({ providers, open: (provider, models) => open(provider as WebProvider, models) });
}

/** The build with WebGPU is twice as long, so it is fetched by those alone who ask for it. */
function importOrt(provider: WebProvider): Promise<typeof Ort> {
  return provider === 'webgpu' ? import('onnxruntime-web/webgpu') : import('onnxruntime-web/wasm');
}

function engineOf(ort: typeof Ort, provider: WebProvider): OrtEngine<Ort.Tensor> {
  const options: Ort.InferenceSession.SessionOptions = {
    executionProviders: [provider === 'cpu' ? 'wasm' : 'webgpu'],
    extra: {
      session: {
        // As in session-node.ts: stages are used in turn, and no silent fall-back.
        force_spinning_stop: '1',
        ...(provider === 'cpu' ? {} : { disable_cpu_ep_fallback: '1' }),
      },
    },
  };
  return {
    provider,
    batchSlices: BATCH_SLICES[provider],
    create: async (onnx) => oneRunAtATime(await ort.InferenceSession.create(onnx, options)),
    tensor: (data, shape) => new ort.Tensor(data, shape),
  };
}

/** The engine is one a page and takes one run at a time, so this is one a page too. */
let lastRun: Promise<unknown> = Promise.resolve();

function oneRunAtATime(session: Ort.InferenceSession): OrtSession<Ort.Tensor> {
  return {
    run(feeds, outputs) {
      const answer = lastRun.then(() => session.run(feeds, outputs));
      lastRun = answer.catch(() => {});
      return answer;
    },
    release: () => session.release(),
  };
}
