/**
 * The job queue on pg-boss: over the embedded database or over a PostgreSQL server, the same code.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import PgBoss from 'pg-boss';
import { VoxwatchError } from '../../core/errors.ts';
import { monotonicMs } from '../monotonic-clock.ts';
import { JOB_CLASSES, type JobClass } from './job-class.ts';
import type { JobQueue, QueuedJob, TakenJob } from './job-queue.ts';
import { Leases } from './leases.ts';
import type { SqlDatabase } from './sql-database.ts';

/** Where the queue lives. */
export type QueueLocation = { readonly database: SqlDatabase } | { readonly connectionString: string };

export interface PgBossOptions {
  /** How long a taken job is left to a daemon that does not renew it. */
  readonly leaseMs: number;
  /** Called when the upkeep that pg-boss does by itself fails. */
  readonly onError: () => void;
}

/** A row of a job whose daemon vanished is cleared away after this. Nothing waits for that: its study is added anew. */
const EXPIRE_AFTER_SECONDS = 4 * 3600;
/** A job that was handed back is not offered again before; another daemon, or the next look, may know its input by then. */
const HAND_BACK_SECONDS = 2;
/** To make a queue, or to open all of them on a server. */
const MOST_ATTEMPTS = 5;
/** Before the second attempt; longer each time. */
const RETRY_MS = 200;

/**
 * Opens the queue and makes its tables where they are missing.
 * @throws {VoxwatchError} `QUEUE_FAILED` if the database does not answer or is damaged.
 */
export async function openPgBossQueue(location: QueueLocation, options: PgBossOptions): Promise<JobQueue> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await openOnce(location, options);
    } catch (thrown) {
      // Of daemons that start at once on an empty database one may lose the race for pg-boss' schema: then the other has made it.
      if ('database' in location || attempt === MOST_ATTEMPTS) throw thrown;
      await sleep(attempt * RETRY_MS);
    }
  }
}

async function openOnce(location: QueueLocation, { leaseMs, onError }: PgBossOptions): Promise<JobQueue> {
  const boss = new PgBoss({
    ...('database' in location
      ? { db: location.database as PgBoss.Db }
      : { connectionString: location.connectionString, application_name: 'voxwatch' }),
    // Nothing is scheduled by the clock.
    schedule: false,
    supervise: true,
  });
  boss.on('error', onError);
  const leases = await guarded(async () => {
    await boss.start();
    for (const jobClass of JOB_CLASSES) await makeQueue(boss, nameOf(jobClass));
    const opened = new Leases(boss.getDb() as SqlDatabase, leaseMs);
    await opened.open();
    // An embedded database has one daemon: what is held there was held by a life before.
    if ('database' in location) await opened.clear();
    return opened;
  }).catch(async (thrown) => {
    await boss.stop({ graceful: false }).catch(() => {});
    throw thrown;
  });

  const takeOf = async (jobClass: JobClass): Promise<TakenJob | undefined> => {
    for (;;) {
      const [taken] = await boss.fetch<QueuedJob>(nameOf(jobClass));
      if (taken === undefined) return undefined;
      const askedMs = monotonicMs();
      const lease = await leases.take(taken.data.fingerprint);
      if (lease !== undefined) {
        return { ...taken.data, jobClass, ticket: taken.id, holder: lease.holder, untilMs: askedMs + leaseMs };
      }
      // Somebody is at it. Should they never end, the next look that finds the study undone adds it again.
      await boss.deleteJob(nameOf(jobClass), taken.id);
    }
  };

  return {
    add: (job, priority) =>
      guarded(async () => {
        if (await leases.isHeld(job.fingerprint)) return;
        await boss.send(nameOf(job.jobClass), dataOf(job), { singletonKey: job.fingerprint, priority });
      }),
    take: (classes) =>
      guarded(async () => {
        for (const jobClass of classes) {
          const taken = await takeOf(jobClass);
          if (taken !== undefined) return taken;
        }
        return undefined;
      }),
    renew: (job) =>
      guarded(async () => {
        const askedMs = monotonicMs();
        return (await leases.renew(job)) ? askedMs + leaseMs : undefined;
      }),
    handBack: (job) =>
      guarded(async () => {
        const data = dataOf({ ...job, handBacks: job.handBacks + 1 });
        await leases.release(job);
        await boss.send(nameOf(job.jobClass), data, { singletonKey: job.fingerprint, startAfter: HAND_BACK_SECONDS });
        await boss.deleteJob(nameOf(job.jobClass), job.ticket);
      }),
    finish: (job) =>
      guarded(async () => {
        await boss.deleteJob(nameOf(job.jobClass), job.ticket);
        await leases.release(job);
      }),
    close: () => guarded(() => boss.stop({ graceful: false })),
  };
}

/** One pg-boss queue a class: `series` for any worker, `series-cuda`, … */
function nameOf(jobClass: JobClass): string {
  return jobClass === 'any' ? 'series' : `series-${jobClass}`;
}

/**
 * Makes a queue where it is missing. Of daemons that do so at once one may lose (a deadlock in pg-boss' own statement): then
 * the other has made it.
 */
async function makeQueue(boss: PgBoss, name: string): Promise<void> {
  for (let attempt = 1; (await boss.getQueue(name)) === null; attempt++) {
    try {
      // `short`: at most one waiting job a key. What was running when a daemon was killed does not block its successor.
      await boss.createQueue(name, { name, policy: 'short', retryLimit: 0, expireInSeconds: EXPIRE_AFTER_SECONDS });
    } catch (thrown) {
      if (attempt === MOST_ATTEMPTS) throw thrown;
    }
  }
}

/** What a row of the queue holds, and nothing else that an object happens to carry. */
function dataOf({ jobId, fingerprint, jobClass, handBacks }: QueuedJob): QueuedJob {
  return { jobId, fingerprint, jobClass, handBacks };
}

/** The text of a database error may hold a row, and with it a path. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new VoxwatchError('QUEUE_FAILED', 'The job queue does not answer: check its database.', {}, cause);
  }
}
