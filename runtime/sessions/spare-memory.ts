/**
 * Sessions on a GPU → sessions that outlive its running out of memory: half the slices a run, down to one, then the CPU.
 *
 * What was learned is kept: the next study starts with the smaller batch, or on the CPU. It is said in the report, and
 * the engine's own fall-back, which would be silent, is not used.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { InferenceSession, LoadedSessions, MemorySetback, SliceBatch, TileSignature } from './session.ts';

export interface SparingSessions extends LoadedSessions {
  /** What the memory forced so far; undefined where it was enough. */
  memorySetback(): MemorySetback | undefined;
}

/**
 * Wraps sessions.
 * @param openCpu - Loads the same networks on the CPU; left out, the CPU must not be used.
 */
export function sparingSessions(gpu: LoadedSessions, openCpu?: () => Promise<LoadedSessions>): SparingSessions {
  let batchSlices = gpu.batchSlices;
  let cpu: LoadedSessions | undefined;

  const giveWay = async (cause: unknown): Promise<void> => {
    if (batchSlices > 1) {
      batchSlices = Math.floor(batchSlices / 2);
      return;
    }
    if (!openCpu) {
      const message = 'The GPU ran out of memory with a single slice, and no other provider was allowed: try --provider auto.';
      throw new VoxwatchError('INFERENCE_FAILED', message, {}, cause);
    }
    cpu = await openCpu();
    // Its memory is of use to others; that it fails to let go changes nothing here.
    await gpu.release().catch(() => {});
  };

  /** A tile cannot be halved: what does not fit goes to the CPU. */
  const runTileSparing = async (
    session: InferenceSession,
    stage: number,
    values: Float32Array,
    signature: TileSignature,
  ): Promise<Float32Array> => {
    while (!cpu) {
      try {
        return await tileRunner(session)(values, signature);
      } catch (thrown) {
        if (!isOutOfMemory(thrown)) throw thrown;
        batchSlices = 1;
        await giveWay(thrown);
      }
    }
    return tileRunner(cpu.sessions[stage] as InferenceSession)(values, signature);
  };

  const sparing = (session: InferenceSession, stage: number): InferenceSession => ({
    async run(hu, batch) {
      for (;;) {
        if (cpu) return runInParts(cpu.sessions[stage] as InferenceSession, hu, batch, cpu.batchSlices);
        try {
          return await runInParts(session, hu, batch, batchSlices);
        } catch (thrown) {
          if (!isOutOfMemory(thrown)) throw thrown;
          await giveWay(thrown);
        }
      }
    },
    ...(session.runTile ? { runTile: (values, signature) => runTileSparing(session, stage, values, signature) } : {}),
    release: () => session.release(),
  });

  return {
    provider: gpu.provider,
    batchSlices: gpu.batchSlices,
    sessions: gpu.sessions.map(sparing),
    release: () => (cpu ?? gpu).release(),
    memorySetback: () => (batchSlices === gpu.batchSlices && !cpu ? undefined : { batchSlices, isOnCpu: cpu !== undefined }),
  };
}

function tileRunner(session: InferenceSession): NonNullable<InferenceSession['runTile']> {
  if (session.runTile) return (values, signature) => (session.runTile as NonNullable<typeof session.runTile>)(values, signature);
  throw new VoxwatchError('INFERENCE_FAILED', 'The engine at hand does not run networks on tiles.');
}

/** The answers of the parts in their order are the answer of the whole: both are slices, one after another. */
async function runInParts(session: InferenceSession, hu: Int16Array, batch: SliceBatch, atOnce: number): Promise<Uint8Array> {
  const { slices, height, width } = batch;
  if (slices <= atOnce) return session.run(hu, batch);
  const pixels = height * width;
  const parts: Uint8Array[] = [];
  for (let first = 0; first < slices; first += atOnce) {
    const last = Math.min(slices, first + atOnce);
    parts.push(await session.run(hu.subarray(first * pixels, last * pixels), { ...batch, slices: last - first }));
  }
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** As CUDA, cuDNN, cuBLAS, ONNX Runtime's arena, Vulkan and Dawn say it. */
const OUT_OF_MEMORY = /out[ _]of[ _](device[ _]|host[ _])?memory|failed to allocate|alloc_failed|bad_alloc/i;

/** Whether an error, or one underneath it, says that memory ran out. */
export function isOutOfMemory(thrown: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) if (OUT_OF_MEMORY.test(error.message)) return true;
  return false;
}
