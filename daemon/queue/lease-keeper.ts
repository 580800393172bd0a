/**
 * Renews the lease of a job for as long as it is worked on, and tells the worker how long it may go on.
 *
 * The worker is told less than the truth: it has ended before another daemon may begin, also when this process is stopped
 * and can tell it nothing.
 * @module
 */
import { monotonicMs } from '../monotonic-clock.ts';
import type { JobQueue, TakenJob } from './job-queue.ts';

/** A lease is renewed this many times in its length, and its worker ends this part of it early. */
const PARTS = 4;
/** Where the lease was all but over when it was got. */
const SHORTEST_PAUSE_MS = 250;

export interface KeeperOptions {
  readonly queue: Pick<JobQueue, 'renew'>;
  readonly job: TakenJob;
  /** Called with the moment until which the work may go on, by `monotonicMs`. */
  readonly onExtended: (untilMs: number) => void;
}

export class LeaseKeeper {
  readonly #options: KeeperOptions;
  readonly #marginMs: number;
  readonly #timer: NodeJS.Timeout;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#marginMs = Math.max(SHORTEST_PAUSE_MS, (options.job.untilMs - monotonicMs()) / PARTS);
    this.#timer = setInterval(() => void this.#renew(), this.#marginMs);
  }

  /** Until when the work may go on if nothing more is said. */
  get firstUntilMs(): number {
    return this.#options.job.untilMs - this.#marginMs;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #renew(): Promise<void> {
    const { queue, job, onExtended } = this.#options;
    try {
      const untilMs = await queue.renew(job);
      // Another daemon has it: the work must end now.
      onExtended(untilMs === undefined ? 0 : untilMs - this.#marginMs);
    } catch {
      // The queue does not answer: until it does, what was last said holds.
    }
  }
}
