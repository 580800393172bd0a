/**
 * The thread of the embedded database, for embedded-database.ts: makes its files, or answers what is asked of it.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { messages, PGlite } from '@electric-sql/pglite';
import type { DatabaseAnswer, DatabaseRequest, DatabaseTask } from './database-messages.ts';

/**
 * PostgreSQL's cache. Its default of 128 MB is memory of the daemon, cleared at each start; the queue's tables are smaller than
 * this.
 */
const SHARED_BUFFERS = '8MB';

const { dir, makeOnly } = workerData as DatabaseTask;
const database = await PGlite.create({
  dataDir: dir,
  startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${SHARED_BUFFERS}`],
});
if (makeOnly) await database.close();
else {
  parentPort?.on('message', (request: DatabaseRequest) => void answer(request));
  tell({ kind: 'open' });
}

/** PGlite itself does one after the other, in the order in which they come. */
async function answer(request: DatabaseRequest): Promise<void> {
  if (request.kind === 'close') {
    await database.close();
    parentPort?.close();
    return;
  }
  const { id, text, values } = request;
  try {
    tell({ kind: 'rows', id, rows: await rowsOf(text, values) });
  } catch (thrown) {
    // Not what PostgreSQL says of a statement: PGlite itself has broken down, and nothing after this would be answered well.
    if (!(thrown instanceof messages.DatabaseError)) throw thrown;
    tell({ kind: 'failure', id, message: thrown.message });
  }
}

async function rowsOf(text: string, values: readonly unknown[] | undefined): Promise<unknown[]> {
  // pg-boss sends its upkeep as many statements at once, and those never have values.
  if (values !== undefined && values.length > 0) return (await database.query(text, [...values])).rows;
  const results = await database.exec(text);
  return results.findLast(({ rows }) => rows.length > 0)?.rows ?? [];
}

function tell(message: DatabaseAnswer): void {
  parentPort?.postMessage(message);
}
