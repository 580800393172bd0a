/**
 * The thread that draws batches for batch-threads.ts: a step comes in, its batch goes out.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { type ThreadAnswer, threadAnswer } from '../../core/thread-answer.ts';
import { type BatchPlan, batchDrawer } from './batch-source.ts';
import { openSlices, type SliceFile } from './open-slices.ts';
import type { Batch } from './sample-batch.ts';

/** What a thread is started with. */
export interface BatchWorkerData {
  readonly plan: BatchPlan;
  readonly slices: SliceFile;
}

export interface BatchAnswer {
  readonly step: number;
  readonly answer: ThreadAnswer<Batch>;
}

const { plan, slices } = workerData as BatchWorkerData;
let draw: ReturnType<typeof batchDrawer> | undefined;

parentPort?.on('message', async (step: number) => {
  // Opened with the first batch, so that what is wrong with the file is told like what is wrong with a batch.
  const answer = await threadAnswer(() => {
    draw ??= batchDrawer(plan, openSlices(slices));
    return draw(step);
  });
  const moved = 'value' in answer ? [answer.value.input.buffer, answer.value.classes.buffer] : [];
  parentPort?.postMessage({ step, answer } satisfies BatchAnswer, moved as ArrayBuffer[]);
});
