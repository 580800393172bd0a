/**
 * Threads that make anatomies side by side: each is a matter of seconds, and none needs another.
 * @module
 */
import { fileURLToPath } from 'node:url';
import { Tinypool } from 'tinypool';
import { type ThreadAnswer, valueOf } from '../../core/thread-answer.ts';
import { freeCores } from '../../runtime/sessions/free-cores.ts';
import type { AnatomyFacts } from '../../train/synthesis/from-labels/synthesize-anatomy.ts';
import type { AnatomyRequest } from './write-anatomy.ts';

/** Always the compiled worker: Node 20 cannot run the `.ts` file that tests import this module from. */
const WORKER_FILE = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/cli/synthesize/anatomy-worker.js' : './anatomy-worker.js', import.meta.url),
);

/** Each holds a template and a scan in the making: some 300 MB. */
const MOST_THREADS = 8;

/**
 * Makes all, and tells of each in their order.
 * @throws what making one of them threw; those that are not begun are dropped then.
 */
export async function makeAnatomies(
  requests: readonly AnatomyRequest[],
  onMade: (facts: AnatomyFacts, position: number) => void,
): Promise<void> {
  const pool = new Tinypool({ filename: WORKER_FILE, minThreads: 1, maxThreads: Math.min(MOST_THREADS, freeCores()) });
  try {
    const answers = requests.map((request) => pool.run(request) as Promise<ThreadAnswer<AnatomyFacts>>);
    // All are awaited in turn below; one that fails while an earlier one is awaited must not end the process.
    for (const answer of answers) answer.catch(() => undefined);
    for (const [position, answer] of answers.entries()) onMade(valueOf(await answer), position);
  } finally {
    await pool.destroy();
  }
}
