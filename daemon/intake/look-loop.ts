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

/** What a look says of the one after it. */
export interface NextLook {
  /** Milliseconds until it is worth while, if that is known. */
  readonly dueInMs?: number | undefined;
  /** What it will take, milliseconds; absent: as long as this one. */
  readonly costMs?: number;
}

/**
 * Looks now, and then again and again, never twice at once.
 * @param look - Must not throw.
 * @param intervalMs - The longest pause between two looks.
 */
export function startLookLoop(look: () => Promise<NextLook>, intervalMs: number): LookLoop {
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
      const { dueInMs, costMs = performance.now() - startMs } = await look();
      if (isStopped) break;
      // At most half of the time goes into looking, however large the folder.
      const restMs = Math.max(DEBOUNCE_MS, costMs);
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
