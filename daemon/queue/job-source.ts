/**
 * The queue → the next job for this worker, taken while the one before is worked on: so that nothing waits for the database.
 * @module
 */
import type { ProviderChoice } from '../job/job.ts';
import { classesOf, JOB_CLASSES } from './job-class.ts';
import type { JobQueue, TakenJob } from './job-queue.ts';

export class JobSource {
  readonly #queue: JobQueue;
  readonly #isShared: boolean;
  readonly #provider: ProviderChoice;
  #ahead: Promise<TakenJob | undefined> | undefined;

  /** @param isShared - Whether other daemons take jobs, too. */
  constructor(queue: JobQueue, isShared: boolean, provider: ProviderChoice) {
    this.#queue = queue;
    this.#isShared = isShared;
    this.#provider = provider;
  }

  /** @returns nothing if none waits. @throws what the queue throws. */
  async take(): Promise<TakenJob | undefined> {
    const ahead = await this.#ahead;
    this.#ahead = undefined;
    return ahead ?? this.#takeNow();
  }

  /** Takes one that is given with the next {@link take}. Of a shared queue it takes none: another daemon may do it sooner. */
  prepare(): void {
    // What cannot be taken now is asked for in its turn.
    if (!this.#isShared) this.#ahead ??= this.#takeNow().catch(() => undefined);
  }

  /** Puts back what was taken and not asked for. */
  async close(): Promise<void> {
    const left = await this.#ahead;
    this.#ahead = undefined;
    if (left !== undefined) await this.#queue.handBack(left);
  }

  #takeNow(): Promise<TakenJob | undefined> {
    // Who is alone takes everything: nobody else will.
    return this.#queue.take(this.#isShared ? classesOf(this.#provider) : JOB_CLASSES);
  }
}
