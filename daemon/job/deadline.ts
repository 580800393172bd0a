/**
 * A moment after which a job may not go on.
 *
 * A process that was stopped (SIGSTOP) does not notice; so the moment is looked at again before anything is published,
 * whatever timers do. One that was busy in native code may have a word waiting that moves the moment: it is read first.
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import { monotonicMs } from '../monotonic-clock.ts';

export class Deadline {
  readonly #onPassed: () => void;
  #untilMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(onPassed: () => void) {
    this.#onPassed = onPassed;
  }

  /** @param untilMs - By {@link monotonicMs}; nothing: there is none. */
  set(untilMs: number | undefined): void {
    clearTimeout(this.#timer);
    this.#untilMs = untilMs;
    if (untilMs !== undefined) this.#timer = setTimeout(() => void this.check(), untilMs - monotonicMs());
  }

  /** Moves the moment, if there is one: a word that comes after the end of its job is for no other. */
  extend(untilMs: number): void {
    if (this.#untilMs !== undefined) this.set(untilMs);
  }

  /** Calls back if the moment has passed. */
  async check(): Promise<void> {
    await setImmediate();
    if (this.#untilMs === undefined) return;
    if (monotonicMs() >= this.#untilMs) this.#onPassed();
    else this.set(this.#untilMs);
  }
}
