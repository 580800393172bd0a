import { rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { type BatchPlan, type BatchSource, batchesHere } from '../../../train/data/batch-source.ts';
import { withBatchThreads } from '../../../train/data/batch-threads.ts';
import type { SliceFile } from '../../../train/data/open-slices.ts';
import type { Batch } from '../../../train/data/sample-batch.ts';
import { SIZE, smallIntensity, smallPhase, smallStage, smallStatistics, smallStore } from '../small-stage.ts';

const { store, path, remove } = smallStore(3);
afterAll(remove);

const FILE: SliceFile = { path, sizePixels: store.sizePixels, content: store.content, facts: store.facts };

function plan(changes: Partial<BatchPlan> = {}): BatchPlan {
  return {
    stage: smallStage({
      augmentation: [
        { kind: 'rotation', probability: 1, degrees: 20 },
        { kind: 'flip', probability: 0.5, axis: 'horizontal' },
        { kind: 'elastic', probability: 0.5, displacementPixels: [0.5, 1], smoothnessPixels: [4, 8] },
        { kind: 'gaussian-blur', probability: 0.5, sigmaPixels: [0, 2] },
        { kind: 'perlin-noise', probability: 0.5, standardDeviationHu: [5, 20], wavelengthPixels: [4, 16], octaves: 2 },
      ],
      phases: [smallPhase({ steps: 5 }), smallPhase({ steps: 4, batchSize: 3, windowPixels: [16, 16] })],
    }),
    intensity: smallIntensity(),
    random: createRandom(3, 'batches').origin,
    ...changes,
  };
}

async function drawn(batches: BatchSource, steps: readonly number[]): Promise<Batch[]> {
  const all: Batch[] = [];
  for (const step of steps) all.push(await batches.batchOf(step));
  return all;
}

/** Threads that this process has begun and ended, while some work is done. */
async function threadsOf(work: () => Promise<unknown>): Promise<{ readonly begun: number; readonly ended: number }> {
  const ended = vi.spyOn(Worker.prototype, 'terminate');
  try {
    await work();
    return { begun: new Set(ended.mock.contexts).size, ended: ended.mock.settledResults.length };
  } finally {
    ended.mockRestore();
  }
}

const ALL_STEPS = Array.from({ length: 9 }, (_, step) => step);

describe('batches from threads', () => {
  it('are those drawn by the trainer itself, number for number, in order, over the end of a phase', async () => {
    const here = await drawn(batchesHere(plan(), store), ALL_STEPS);
    const fromThreads = await withBatchThreads(plan(), FILE, (batches) => drawn(batches, ALL_STEPS));
    expect(fromThreads).toEqual(here);
    expect(new Set(here.map(({ input }) => input.join())).size).toBe(9);
    expect(here.map(({ shape }) => shape)).toEqual([
      ...Array.from({ length: 5 }, () => [2, SIZE, SIZE]),
      ...Array.from({ length: 4 }, () => [3, 16, 16]),
    ]);
  });

  it('are the same where a run begins in its middle', async () => {
    const here = await drawn(batchesHere(plan(), store), [4, 5, 8]);
    expect(await withBatchThreads(plan(), FILE, (batches) => drawn(batches, [4, 5, 8]))).toEqual(here);
  });

  it('belong to who asked: they are handed over, and a batch may be asked for again', async () => {
    await withBatchThreads(plan(), FILE, async (batches) => {
      const [first, again] = await drawn(batches, [2, 2]);
      expect(again).toEqual(first);
      expect(again?.input).not.toBe(first?.input);
      expect(first?.input.buffer.byteLength).toBe(first?.input.byteLength);
    });
  });
});

describe('what goes wrong in a thread', () => {
  it('reaches the trainer as the error that it was', async () => {
    const asked = withBatchThreads(plan(), FILE, (batches) => batches.batchOf(9));
    await expect(asked).rejects.toMatchObject({ name: 'VoxwatchError', code: 'INVALID_ARGUMENT', details: { step: 9, steps: 9 } });
  });

  it('is told with the batch it befell, not before', async () => {
    const statistics = { ...smallStatistics(), mean: undefined as unknown as Float32Array };
    const broken = plan({ intensity: { scheme: 'feature-wise', statistics } });
    const asked = withBatchThreads(broken, FILE, (batches) => batches.batchOf(0));
    await expect(asked).rejects.toMatchObject({ code: 'INTERNAL', details: { type: 'TypeError' } });
  });

  it('does not name the file that cannot be read', async () => {
    const other = smallStore(1);
    const gone = { ...FILE, path: other.path, facts: other.store.facts };
    other.remove();
    rmSync(other.path, { force: true });
    const asked = withBatchThreads(plan(), gone, (batches) => batches.batchOf(0));
    await expect(asked).rejects.toMatchObject({ code: 'INTERNAL', message: expect.not.stringContaining('slices') });
  });

  it('is a death where the thread itself ends: what it owes is refused, and so is what is asked for later', async () => {
    const asked = vi.spyOn(Worker.prototype, 'postMessage');
    await withBatchThreads(plan(), FILE, async (batches) => {
      await batches.batchOf(0);
      const owed = batches.batchOf(3);
      await Promise.all(asked.mock.contexts.map((worker) => (worker as Worker).terminate()));
      await owed.catch(() => undefined);
      await expect(batches.batchOf(8)).rejects.toMatchObject({ code: 'WORKER_DIED' });
    });
    asked.mockRestore();
  });
});

describe('the threads of a run', () => {
  it('end with it, and when it throws too', async () => {
    const fine = await threadsOf(() => withBatchThreads(plan(), FILE, (batches) => batches.batchOf(0)));
    expect(fine.ended).toBe(fine.begun);
    expect(fine.begun).toBeGreaterThan(0);
    const thrown = await threadsOf(async () => {
      const run = withBatchThreads(plan(), FILE, async (batches) => {
        await batches.batchOf(0);
        throw new Error('the run');
      });
      await expect(run).rejects.toThrow('the run');
    });
    expect(thrown).toEqual(fine);
  });

  it('are not started for an augmentation that cannot be applied', async () => {
    const wrong = plan({ stage: smallStage({ augmentation: [{ kind: 'rotation', probability: 2, degrees: 10 }] }) });
    const threads = await threadsOf(async () => {
      await expect(withBatchThreads(wrong, FILE, async () => undefined)).rejects.toMatchObject({ code: 'USAGE' });
    });
    expect(threads.begun).toBe(0);
  });
});
