/**
 * Threads that draw the next batches while the trainer computes a step. The batches are the same, number for number, as
 * those drawn by the trainer itself; their pixels are handed over, not copied.
 * @module
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type ThreadAnswer, valueOf } from '../../core/thread-answer.ts';
import { checkAugmentation } from '../augmentation/check-augmentation.ts';
import { countSteps } from '../schedule/phases.ts';
import type { BatchPlan, BatchSource } from './batch-source.ts';
import type { BatchAnswer, BatchWorkerData } from './batch-worker.ts';
import type { SliceFile } from './open-slices.ts';
import type { Batch } from './sample-batch.ts';

/** Always the compiled worker: Node 20 cannot run the `.ts` file that tests import this module from. */
const WORKER_FILE = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/train/data/batch-worker.js' : './batch-worker.js',
  import.meta.url,
);

/** Each holds the statistics of its stage, and the batches that it is ahead. */
const MOST_THREADS = 4;

/** Batches that a thread is ahead of the trainer: one being drawn, one waiting, so that a slow one is made up for. */
const AHEAD_PER_THREAD = 2;

const DIED: ThreadAnswer<never> = {
  failure: {
    code: 'WORKER_DIED',
    message: 'A thread that draws training batches died, mostly for want of memory: free some, then go on with --resume.',
    details: {},
  },
};

/**
 * Starts threads, lets the work draw its batches from them and ends them, however the work ends.
 * @throws {VoxwatchError} `USAGE` for an augmentation that cannot be applied; what drawing a batch threw; `WORKER_DIED`.
 */
export async function withBatchThreads<T>(
  plan: BatchPlan,
  slices: SliceFile,
  work: (batches: BatchSource) => Promise<T>,
): Promise<T> {
  checkAugmentation(plan.stage.augmentation);
  const threads = new BatchThreads({ plan, slices });
  try {
    return await work(threads);
  } finally {
    await threads.close();
  }
}

/** What a thread has been asked for: it is settled with a batch or with what went wrong. */
interface Asked {
  readonly answer: Promise<ThreadAnswer<Batch>>;
  readonly settle: (answer: ThreadAnswer<Batch>) => void;
}

class BatchThreads implements BatchSource {
  private readonly workers: readonly Worker[];
  private readonly steps: number;
  private readonly asked = new Map<number, Asked>();
  private hasDied = false;

  constructor(data: BatchWorkerData) {
    this.steps = countSteps(data.plan.stage.phases, data.slices.facts.length);
    // One core is the trainer's.
    const threads = Math.max(1, Math.min(MOST_THREADS, availableParallelism() - 1));
    this.workers = Array.from({ length: threads }, () => this.start(data));
  }

  async batchOf(step: number): Promise<Batch> {
    const own = this.ask(step);
    const ahead = Math.min(step + this.workers.length * AHEAD_PER_THREAD, this.steps - 1);
    for (let next = step + 1; next <= ahead; next++) this.ask(next);
    const answer = await own.answer;
    this.asked.delete(step);
    return valueOf(answer);
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private start(workerData: BatchWorkerData): Worker {
    const worker = new Worker(WORKER_FILE, { workerData });
    worker.on('message', ({ step, answer }: BatchAnswer) => this.asked.get(step)?.settle(answer));
    worker.on('error', () => this.fail());
    worker.on('exit', () => this.fail());
    return worker;
  }

  private ask(step: number): Asked {
    const before = this.asked.get(step);
    if (before) return before;
    let settle: Asked['settle'] = () => undefined;
    const answer = new Promise<ThreadAnswer<Batch>>((resolve) => {
      settle = resolve;
    });
    const asked = { answer, settle };
    this.asked.set(step, asked);
    if (this.hasDied) settle(DIED);
    else this.workers[step % this.workers.length]?.postMessage(step);
    return asked;
  }

  /** A thread that ends takes along the batches that it was asked for. */
  private fail(): void {
    this.hasDied = true;
    for (const { settle } of this.asked.values()) settle(DIED);
  }
}
