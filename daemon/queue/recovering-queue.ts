/**
 * A queue whose database may die under the daemon → one that is opened anew, time after time a little later.
 *
 * Nothing is lost with it: rows that are gone are added again by the daemon, which is told. Nothing is doubled by it: what this
 * daemon works on is remembered here, since the new database may know nothing of it.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { asVoxwatchError, VoxwatchError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { JobClass } from './job-class.ts';
import type { JobQueue, QueuedJob, QueueWatch, TakenJob } from './job-queue.ts';

/** A queue that can be lost. */
export interface LosableQueue extends JobQueue {
  /** Resolves when it answers no more, closed or not. */
  readonly lost: Promise<void>;
}

export interface RecoveryPolicy {
  /** Before it is opened again; doubled each time. */
  readonly firstPauseMs: number;
  /** It is lost, or cannot be opened, so often in a row before it is given up. */
  readonly mostAttempts: number;
  /** What held for so long is no longer in a row with what was before. */
  readonly steadyMs: number;
}

/** Half a minute of pauses in all. */
const POLICY: RecoveryPolicy = { firstPauseMs: 1_000, mostAttempts: 5, steadyMs: 60_000 };

export interface RecoveringOptions {
  /** @param isAnew - Whether what is there is to be replaced: it did not hold. */
  readonly open: (isAnew: boolean) => Promise<LosableQueue>;
  readonly watch: QueueWatch;
  readonly logger: Logger;
  /** For tests. */
  readonly policy?: Partial<RecoveryPolicy> | undefined;
}

/** @throws what opening throws the first time: then nothing is watched. */
export async function openRecoveringQueue(options: RecoveringOptions): Promise<JobQueue> {
  return new RecoveringQueue(await options.open(false), options);
}

class RecoveringQueue implements JobQueue {
  readonly #options: RecoveringOptions;
  readonly #policy: RecoveryPolicy;
  /** Fingerprints of what is being worked on. */
  readonly #held = new Set<string>();
  readonly #closing = new AbortController();
  #queue: LosableQueue | undefined;
  #openedMs = 0;
  /** How often it was lost, or could not be opened, in a row. */
  #attempts = 0;
  #reopening: Promise<void> = Promise.resolve();

  constructor(queue: LosableQueue, options: RecoveringOptions) {
    this.#options = options;
    this.#policy = { ...POLICY, ...options.policy };
    this.#serve(queue);
  }

  async add(job: QueuedJob, priority: number): Promise<void> {
    if (this.#held.has(job.fingerprint)) return;
    await this.#open.add(job, priority);
  }

  async take(classes: readonly JobClass[]): Promise<TakenJob | undefined> {
    const job = await this.#open.take(classes);
    if (job !== undefined) this.#held.add(job.fingerprint);
    return job;
  }

  async renew(job: TakenJob): Promise<number | undefined> {
    return this.#open.renew(job);
  }

  async handBack(job: TakenJob): Promise<void> {
    this.#held.delete(job.fingerprint);
    await this.#open.handBack(job);
  }

  async finish(job: TakenJob): Promise<void> {
    // Where it is not open: the job has its end in the ledger, and the next opening makes its row a ghost that nobody takes.
    this.#held.delete(job.fingerprint);
    await this.#open.finish(job);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#reopening;
    await this.#queue?.close();
  }

  get #open(): LosableQueue {
    if (this.#queue === undefined) throw new VoxwatchError('QUEUE_FAILED', 'The job queue is being opened anew.');
    return this.#queue;
  }

  #serve(queue: LosableQueue): void {
    this.#queue = queue;
    this.#openedMs = performance.now();
    void queue.lost.then(() => this.#lose(queue));
  }

  #lose(queue: LosableQueue): void {
    if (this.#closing.signal.aborted) return;
    const { logger, watch } = this.#options;
    this.#queue = undefined;
    if (performance.now() - this.#openedMs >= this.#policy.steadyMs) this.#attempts = 0;
    logger.error('queue.lost', { errorCode: 'QUEUE_FAILED' });
    watch.onLost();
    this.#reopening = this.#reopen(queue);
  }

  async #reopen(lost: LosableQueue): Promise<void> {
    const { open, watch, logger } = this.#options;
    const { firstPauseMs, mostAttempts } = this.#policy;
    // Its timers would go on asking.
    await lost.close().catch(() => {});
    while (this.#attempts < mostAttempts) {
      const pauseMs = firstPauseMs * 2 ** this.#attempts++;
      await sleep(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => {});
      if (this.#closing.signal.aborted) return;
      try {
        this.#serve(await open(this.#attempts > 1));
        logger.warn('queue.reopened', { attempt: this.#attempts });
        watch.onReopened();
        return;
      } catch (thrown) {
        logger.error('queue.failed', { errorCode: asVoxwatchError(thrown).code, attempt: this.#attempts });
      }
    }
    const message = `The job queue could not be opened again ${mostAttempts} times in a row: see the log, and the disk of the state folder.`;
    watch.onGivenUp(new VoxwatchError('QUEUE_FAILED', message));
  }
}
