/**
 * The job queue on pg-boss: over the embedded database or over a PostgreSQL server, the same code.
 * @module
 */
import PgBoss from 'pg-boss';
import { VoxwatchError } from '../../core/errors.ts';
import type { JobQueue, QueuedJob, TakenJob } from './job-queue.ts';

/** What pg-boss asks of a database. */
export interface SqlDatabase {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** Where the queue lives. */
export type QueueLocation = { readonly database: SqlDatabase } | { readonly connectionString: string };

const QUEUE_NAME = 'series';
/** A job whose daemon vanished leaves the list of running ones after this; a living daemon finishes it all the same. */
const EXPIRE_AFTER_SECONDS = 4 * 3600;
/** A job that was handed back is not offered again before; another daemon, or the next look, may know its input by then. */
const HAND_BACK_SECONDS = 2;

/**
 * Opens the queue and makes its tables where they are missing.
 * @param onError - Called when the upkeep that pg-boss does by itself fails.
 * @throws {VoxwatchError} `QUEUE_FAILED` if the database does not answer or is damaged.
 */
export async function openPgBossQueue(location: QueueLocation, onError: () => void): Promise<JobQueue> {
  const boss = new PgBoss({
    ...('database' in location
      ? { db: location.database as PgBoss.Db }
      : { connectionString: location.connectionString, application_name: 'voxwatch' }),
    // Nothing is scheduled by the clock.
    schedule: false,
    supervise: true,
  });
  boss.on('error', onError);
  await guarded(async () => {
    await boss.start();
    // `short`: at most one waiting job a key. What was running when a daemon was killed does not block its successor.
    await boss.createQueue(QUEUE_NAME, { name: QUEUE_NAME, policy: 'short', retryLimit: 0, expireInSeconds: EXPIRE_AFTER_SECONDS });
  }).catch(async (thrown) => {
    await boss.stop({ graceful: false }).catch(() => {});
    throw thrown;
  });

  return {
    add: (job, priority) =>
      guarded(async () => {
        await boss.send(QUEUE_NAME, dataOf(job), { singletonKey: job.fingerprint, priority });
      }),
    take: () =>
      guarded(async () => {
        const [taken] = await boss.fetch<QueuedJob>(QUEUE_NAME);
        return taken === undefined ? undefined : ({ ...taken.data, ticket: taken.id } satisfies TakenJob);
      }),
    handBack: (job) =>
      guarded(async () => {
        const data = dataOf({ ...job, handBacks: job.handBacks + 1 });
        await boss.send(QUEUE_NAME, data, { singletonKey: job.fingerprint, startAfter: HAND_BACK_SECONDS });
        await boss.deleteJob(QUEUE_NAME, job.ticket);
      }),
    finish: (job) => guarded(() => boss.deleteJob(QUEUE_NAME, job.ticket)),
    close: () => guarded(() => boss.stop({ graceful: false })),
  };
}

/** What a row of the queue holds, and nothing else that an object happens to carry. */
function dataOf({ jobId, fingerprint, handBacks }: QueuedJob): QueuedJob {
  return { jobId, fingerprint, handBacks };
}

/** The text of a database error may hold a row, and with it a path. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new VoxwatchError('QUEUE_FAILED', 'The job queue does not answer: check its database.', {}, cause);
  }
}
