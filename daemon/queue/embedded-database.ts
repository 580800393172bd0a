/**
 * PostgreSQL inside this process (PGlite), its files in the state folder: the queue of a daemon that works alone.
 *
 * PGlite never calls fsync (measured), so a power cut may lose or damage it; the daemon then starts with an empty one.
 * @module
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { VoxwatchError } from '../../core/errors.ts';
import type { SqlDatabase } from './sql-database.ts';

/**
 * PostgreSQL's cache. Its default of 128 MB is memory of the daemon, cleared at each start; the queue's tables are smaller than
 * this.
 */
const SHARED_BUFFERS = '8MB';

/** Every PostgreSQL data folder has this file. */
const VERSION_FILE = 'PG_VERSION';

/** Always the compiled thread: Node 20 cannot run the `.ts` file that tests import this module from. */
const THREAD_FILE = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../dist/daemon/queue/make-database-thread.js' : './make-database-thread.js',
    import.meta.url,
  ),
);

export interface EmbeddedDatabase extends SqlDatabase {
  close(): Promise<void>;
}

/**
 * Opens the database in a folder, which is made if it is not there. Only one process may do so at a time.
 * @throws {VoxwatchError} `QUEUE_FAILED` if the files are damaged.
 */
export async function openEmbeddedDatabase(dir: string): Promise<EmbeddedDatabase> {
  await mkdir(dir, { recursive: true });
  try {
    if (!existsSync(join(dir, VERSION_FILE))) await makeInThread(dir);
    const database = await openFiles(dir);
    return {
      executeSql: async (text, values) => {
        // pg-boss sends its upkeep as many statements at once, and those never have values.
        if (values !== undefined && values.length > 0) return database.query(text, values);
        const results = await database.exec(text);
        return results.findLast(({ rows }) => rows.length > 0) ?? { rows: [] };
      },
      close: () => database.close(),
    };
  } catch (cause) {
    throw new VoxwatchError('QUEUE_FAILED', 'The embedded job queue cannot be opened: its files are damaged.', {}, cause);
  }
}

/** Opens the files of a database, in this thread; makes them if there are none. */
export function openFiles(dir: string): Promise<PGlite> {
  return PGlite.create({
    dataDir: dir,
    startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${SHARED_BUFFERS}`],
  });
}

/**
 * Making a database takes four seconds, in which its thread answers nothing, and half a gigabyte, which its thread keeps
 * (measured, PGlite 0.5.16): so it is done in one that ends.
 */
async function makeInThread(dir: string): Promise<void> {
  const thread = new Worker(THREAD_FILE, { workerData: dir });
  await new Promise<void>((resolve, reject) => {
    thread.once('error', reject);
    thread.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the thread ended with ${code}`))));
  });
}
