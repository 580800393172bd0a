/**
 * Opens the queue that the configuration asks for, and replaces an embedded one that is damaged.
 * @module
 */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../core/logger.ts';
import { type EmbeddedDatabase, openEmbeddedDatabase } from './embedded-database.ts';
import { type JobQueue, NOBODY_WATCHES, type QueueWatch } from './job-queue.ts';
import { openPgBossQueue, type PgBossOptions } from './pg-boss-queue.ts';
import { type LosableQueue, openRecoveringQueue, type RecoveryPolicy } from './recovering-queue.ts';

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

/** What tests put in the place of the real thing. */
export interface QueueParts {
  readonly openDatabase?: (dir: string) => Promise<EmbeddedDatabase>;
  readonly recovery?: Partial<RecoveryPolicy>;
}

/**
 * @param watch - Told of an embedded queue that is lost while it is open. A server's comes back by itself.
 * @throws {VoxwatchError} `QUEUE_FAILED` if the server does not answer, or not even a new embedded queue can be made.
 */
export async function openQueue(
  { stateDir, database, leaseMs }: QueueOptions,
  logger: Logger,
  watch: QueueWatch = NOBODY_WATCHES,
  { openDatabase = openEmbeddedDatabase, recovery }: QueueParts = {},
): Promise<JobQueue> {
  const options = { leaseMs, onError: () => logger.warn('queue.failed', { errorCode: 'QUEUE_FAILED' }) };
  if (database !== undefined) return openPgBossQueue({ connectionString: database }, options);
  const dir = join(stateDir, QUEUE_FOLDER);
  const open = async (): Promise<LosableQueue> => openEmbedded(await openDatabase(dir), options);
  const openAnew = async (): Promise<LosableQueue> => {
    await setFilesAside(dir, join(stateDir, DAMAGED_FOLDER));
    const queue = await open();
    logger.warn('queue.rebuilt');
    return queue;
  };
  return openRecoveringQueue({
    open: (isAnew) => (isAnew ? openAnew() : open().catch(openAnew)),
    ...{ watch, logger, policy: recovery },
  });
}

async function setFilesAside(dir: string, damaged: string): Promise<void> {
  // Where an attempt before has set them aside and made no new ones, they stay there.
  if (!existsSync(dir)) return;
  await rm(damaged, { recursive: true, force: true });
  await rename(dir, damaged);
}

async function openEmbedded(database: EmbeddedDatabase, options: PgBossOptions): Promise<LosableQueue> {
  try {
    const queue = await openPgBossQueue({ database }, options);
    return {
      ...queue,
      lost: database.ended,
      close: async () => {
        await queue.close();
        await database.close();
      },
    };
  } catch (thrown) {
    // One that cannot be used may not be able to close either.
    await database.abandon();
    throw thrown;
  }
}
