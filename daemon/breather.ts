/**
 * Long loops let others have the thread now and then: a loop that awaits, but nothing slow, lets nobody in between.
 * @module
 */
import { setImmediate as letOthers } from 'node:timers/promises';

/** What answers over HTTP and talks to worker and queue waits no longer than this for one loop. */
const HOLD_MS = 20;

export class Breather {
  #sinceMs = performance.now();

  /** To be awaited once a turn: mostly goes on at once. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#sinceMs < HOLD_MS) return;
    await letOthers();
    this.#sinceMs = performance.now();
  }
}
