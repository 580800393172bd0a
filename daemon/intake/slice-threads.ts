/**
 * Threads that decode compressed slices side by side.
 * @module
 */
import { fileURLToPath } from 'node:url';
import { Tinypool } from 'tinypool';
import { type ThreadAnswer, valueOf } from '../../core/thread-answer.ts';
import { freeCores } from '../../runtime/sessions/free-cores.ts';
import type { SlicesRequest } from './read-slices.ts';
import type { DecodedSlices } from './slice-worker.ts';

/** Always the compiled worker: Node 20 cannot run the `.ts` file that tests import this module from. */
const WORKER_FILE = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/daemon/intake/slice-worker.js' : './slice-worker.js', import.meta.url),
);

/** Each has a JavaScript heap and codecs of its own. */
const MOST_THREADS = 8;

export interface SliceThreads {
  /** As `readSlices`, in a thread. */
  readonly read: (request: SlicesRequest, hu: readonly Int16Array[]) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** Starts threads; whoever starts them closes them. */
export function startSliceThreads(): SliceThreads {
  const threads = Math.min(MOST_THREADS, freeCores());
  const pool = new Tinypool({ filename: WORKER_FILE, minThreads: threads, maxThreads: threads });
  return {
    async read(request, hu) {
      const decoded = valueOf((await pool.run(request)) as ThreadAnswer<DecodedSlices>);
      decoded.hu.forEach((slice, n) => {
        (hu[n] as Int16Array).set(slice);
      });
      return decoded.contradictions;
    },
    close: () => pool.destroy(),
  };
}
