/**
 * When to look: every so often, soon after an event, and at the moment something that is waited for comes due.
 * @module
 */

/** Events come in swarms: this long after the first of them we look, whatever follows. */
const DEBOUNCE_MS = 100;

export interface LookLoop {
  /** Looks soon; for events. */
  wake(): void;
  /** Ends after the look in progress, if any. */
  stop(): Promise<void>;
}

/**
 * Looks now, and then again and again, never twice at once.
 * @param look - Resolves to the milliseconds until the next look is worth while, if it knows. Must not throw.
 * @param intervalMs - The longest pause between two looks.
 */
export function startLookLoop(look: () => Promise<number | undefined>, intervalMs: number): LookLoop {
  let isStopped = false;
  let isWoken = false;
  let endPause: (() => void) | undefined;

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(finish, ms);
      function finish(): void {
        clearTimeout(timer);
        endPause = undefined;
        resolve();
      }
      endPause = finish;
    });

  const ended = (async () => {
    while (!isStopped) {
      isWoken = false;
      const startMs = performance.now();
      const dueInMs = await look();
      if (isStopped) break;
      // At most half of the time goes into looking, however large the folder.
      const restMs = Math.max(DEBOUNCE_MS, performance.now() - startMs);
      if (!isWoken) await pause(Math.max(restMs, Math.min(intervalMs, dueInMs ?? intervalMs)));
      if (isWoken && !isStopped) await pause(restMs);
    }
  })();

  return {
    wake: () => {
      if (isWoken) return;
      isWoken = true;
      endPause?.();
    },
    stop: () => {
      isStopped = true;
      endPause?.();
      return ended;
    },
  };
}
