/**
 * ONNX networks → sessions of onnxruntime-node. The only file that knows it.
 *
 * ONNX Runtime's own fall-back is silent: an operator without a GPU kernel goes to the CPU, an unknown provider is
 * dropped. So one provider is asked per attempt with that fall-back switched off, a warm-up run proves it (a missing
 * cuDNN shows only there), and each refusal is kept with its reason.
 * @module
 */
import { availableParallelism } from 'node:os';
import type * as Ort from 'onnxruntime-node';
import { VoxwatchError } from '../core/errors.ts';
import type {
  ExecutionProvider,
  InferenceSession,
  OpenedSessions,
  OpenSessions,
  RefusedProvider,
  SliceBatch,
  StageModel,
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
  /** CPU threads of one session. Default: what this process may use, at most {@link MAX_THREADS}. */
  readonly threads?: number;
}

/**
 * The providers behind a user's choice. `auto` asks CUDA, then CPU; WebGPU only where it is named, because its software
 * adapters (a machine without a GPU has one) take a hundred times longer than the CPU provider.
 */
export function providersOf(choice: 'auto' | ExecutionProvider): readonly ExecutionProvider[] {
  return choice === 'auto' ? ['cuda', 'cpu'] : [choice];
}

/** Sessions of onnxruntime-node, see {@link OpenSessions}. */
export function nodeSessions({ providers, threads }: NodeSessionOptions): OpenSessions {
  return async (models): Promise<OpenedSessions> => {
    const ort = await import('onnxruntime-node');
    // Its errors would go to stderr with the paths of this machine; the caller gets them as reasons.
    ort.env.logLevel = 'fatal';
    const refused: RefusedProvider[] = [];
    for (const provider of providers) {
      try {
        const sessions = await openAll(ort, models, provider, threads ?? Math.min(availableParallelism(), MAX_THREADS));
        return { provider, refused, sessions, batchSlices: BATCH_SLICES[provider] };
      } catch (thrown) {
        refused.push({ provider, reason: reasonOf(thrown) });
      }
    }
    const reasons = refused.map(({ provider, reason }) => `${provider}: ${reason}`).join(' ');
    throw new VoxwatchError('PROVIDER_UNAVAILABLE', `No execution provider could load this bundle. ${reasons}`, {
      providers: [...providers],
    });
  };
}

async function openAll(
  ort: typeof Ort,
  models: readonly StageModel[],
  provider: ExecutionProvider,
  threads: number,
): Promise<readonly InferenceSession[]> {
  const opened: InferenceSession[] = [];
  try {
    for (const { onnx, warmUpPixels } of models) {
      const session = wrap(ort, await ort.InferenceSession.create(onnx, sessionOptions(provider, threads)));
      opened.push(session);
      const batch = { slices: BATCH_SLICES[provider], width: warmUpPixels[0], height: warmUpPixels[1] };
      await session.run(new Int16Array(batch.slices * batch.width * batch.height).fill(AIR_HU), batch);
    }
    return opened;
  } catch (thrown) {
    await Promise.all(opened.map((session) => session.release()));
    throw thrown;
  }
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

function wrap(ort: typeof Ort, session: Ort.InferenceSession): InferenceSession {
  return {
    async run(hu: Int16Array, { slices, height, width }: SliceBatch): Promise<Uint8Array> {
      try {
        const { labels } = await session.run({ hu: new ort.Tensor('int16', hu, [slices, 1, height, width]) }, ['labels']);
        const data = labels?.data;
        if (data instanceof Uint8Array && data.length === hu.length) return data;
      } catch (cause) {
        throw new VoxwatchError('INFERENCE_FAILED', `A network could not be run: ${reasonOf(cause)}`, {}, cause);
      }
      throw new VoxwatchError('INFERENCE_FAILED', 'A network did not answer with one uint8 label per pixel.');
    },
    release: () => session.release(),
  };
}

/** The first line of an engine's complaint; folders are cut off (they name users), file names of libraries stay. */
function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const line = (text.split('\n')[0] as string).replace(/(?:[A-Za-z]:)?[\w.~-]*[/\\][^\s:'"]*[/\\]/g, '').slice(0, 300);
  return line.endsWith('.') ? line : `${line}.`;
}
