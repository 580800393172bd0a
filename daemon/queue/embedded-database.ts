/**
 * PostgreSQL inside this process (PGlite), its files in the state folder: the queue of a daemon that works alone.
 *
 * PGlite never calls fsync (measured), so a power cut may lose or damage it; the daemon then starts with an empty one.
 * @module
 */
import { mkdir } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import { VoxwatchError } from '../../core/errors.ts';
import type { SqlDatabase } from './sql-database.ts';

/**
 * PostgreSQL's cache. Its default of 128 MB is memory of the daemon, cleared at each start; the queue's tables are smaller than
 * this.
 */
const SHARED_BUFFERS = '8MB';

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
    const database = await PGlite.create({
      dataDir: dir,
      startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${SHARED_BUFFERS}`],
    });
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
