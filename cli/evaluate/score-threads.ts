/**
 * Threads that score cases side by side, while networks or files keep this one busy.
 * @module
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Tinypool } from 'tinypool';
import { type ThreadAnswer, valueOf } from '../../core/thread-answer.ts';
import type { CaseScores } from '../../evaluate/score-case.ts';
import type { ScoreRequest } from './score-worker.ts';

/** Always the compiled worker: Node 20 cannot run the `.ts` file that tests import this module from. */
const WORKER_FILE = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/cli/evaluate/score-worker.js' : './score-worker.js', import.meta.url),
);

/** Each holds the two label maps of a study, and what its distances need. */
const MOST_THREADS = 4;

export interface ScoreThreads {
  /** Cases that are scored at a time. */
  readonly threads: number;
  /** @throws {VoxwatchError} as `scoreCase`. */
  readonly score: (request: ScoreRequest) => Promise<CaseScores>;
  readonly close: () => Promise<void>;
}

/** Starts threads; whoever starts them closes them. */
export function startScoreThreads(): ScoreThreads {
  const threads = Math.min(MOST_THREADS, availableParallelism());
  const pool = new Tinypool({ filename: WORKER_FILE, minThreads: 1, maxThreads: threads });
  return {
    threads,
    score: async (request) => valueOf((await pool.run(request)) as ThreadAnswer<CaseScores>),
    close: () => pool.destroy(),
  };
}
