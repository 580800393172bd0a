/**
 * Opens the queue that the configuration asks for, and replaces an embedded one that is damaged.
 * @module
 */
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../core/logger.ts';
import { openEmbeddedDatabase } from './embedded-database.ts';
import type { JobQueue } from './job-queue.ts';
import { openPgBossQueue, type PgBossOptions } from './pg-boss-queue.ts';

const QUEUE_FOLDER = 'queue';
/** The last damaged queue is kept for a look at what happened; older ones are not. */
const DAMAGED_FOLDER = 'queue-damaged';

export interface QueueOptions {
  /** Must be there; and locked, unless the queue is on a server. */
  readonly stateDir: string;
  /** Of a PostgreSQL server; absent: embedded in the state folder. */
  readonly database?: string | undefined;
  /** How long a taken job is left to a daemon that says nothing. */
  readonly leaseMs: number;
}

/** @throws {VoxwatchError} `QUEUE_FAILED` if the server does not answer, or not even a new embedded queue can be made. */
export async function openQueue({ stateDir, database, leaseMs }: QueueOptions, logger: Logger): Promise<JobQueue> {
  const options = { leaseMs, onError: () => logger.warn('queue.failed', { errorCode: 'QUEUE_FAILED' }) };
  if (database !== undefined) return openPgBossQueue({ connectionString: database }, options);
  const dir = join(stateDir, QUEUE_FOLDER);
  try {
    return await openEmbedded(dir, options);
  } catch {
    const damaged = join(stateDir, DAMAGED_FOLDER);
    await rm(damaged, { recursive: true, force: true });
    await rename(dir, damaged);
    const queue = await openEmbedded(dir, options);
    logger.warn('queue.rebuilt');
    return queue;
  }
}

async function openEmbedded(dir: string, options: PgBossOptions): Promise<JobQueue> {
  const database = await openEmbeddedDatabase(dir);
  try {
    const queue = await openPgBossQueue({ database }, options);
    return {
      ...queue,
      close: async () => {
        await queue.close();
        await database.close();
      },
    };
  } catch (thrown) {
    await database.close().catch(() => {});
    throw thrown;
  }
}
