/**
 * PostgreSQL inside this process (PGlite), its files in the state folder: the queue of a daemon that works alone. It runs in a
 * thread of its own, since it does not let go of its thread while it works.
 *
 * PGlite never calls fsync (measured), so a power cut may lose or damage it; the daemon then starts with an empty one.
 * @module
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { VoxwatchError } from '../../core/errors.ts';
import type { DatabaseAnswer, DatabaseRequest, DatabaseTask } from './database-messages.ts';
import type { SqlDatabase } from './sql-database.ts';

/** Every PostgreSQL data folder has this file. */
const VERSION_FILE = 'PG_VERSION';

/** Always the compiled thread: Node 20 cannot run the `.ts` file that tests import this module from. */
const THREAD_FILE = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/daemon/queue/database-thread.js' : './database-thread.js', import.meta.url),
);

export interface EmbeddedDatabase extends SqlDatabase {
  /** Resolves when the thread has ended, asked to or not: nothing is answered from then on. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
  /** Ends the thread at once, whatever it is at; what it has committed is in its files. */
  abandon(): Promise<void>;
}

/** A thread that leaves a question unanswered for so long hangs, and is ended. */
const SILENCE_LIMIT_MS = 300_000;

/**
 * Opens the database in a folder, which is made if it is not there. Only one process may do so at a time.
 * @param silenceLimitMs - For tests.
 * @throws {VoxwatchError} `QUEUE_FAILED` if the files are damaged.
 */
export async function openEmbeddedDatabase(dir: string, silenceLimitMs = SILENCE_LIMIT_MS): Promise<EmbeddedDatabase> {
  await mkdir(dir, { recursive: true });
  try {
    // What makes a database keeps half a gigabyte (measured, PGlite 0.5.16), so it is a thread that ends.
    if (!existsSync(join(dir, VERSION_FILE))) await endOf(startThread({ dir, makeOnly: true }));
    const connection = new ThreadConnection(startThread({ dir, makeOnly: false }), silenceLimitMs);
    await connection.opened;
    return connection;
  } catch (cause) {
    throw new VoxwatchError('QUEUE_FAILED', 'The embedded job queue cannot be opened: its files are damaged.', {}, cause);
  }
}

class ThreadConnection implements EmbeddedDatabase {
  readonly opened: Promise<void>;
  readonly ended: Promise<void>;
  readonly #thread: Worker;
  readonly #silenceLimitMs: number;
  /** The end, with what caused it. */
  readonly #outcome: Promise<void>;
  readonly #waiting = new Map<number, { readonly resolve: (rows: unknown[]) => void; readonly reject: (why: Error) => void }>();
  #nextId = 0;
  #hang: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(thread: Worker, silenceLimitMs: number) {
    this.#thread = thread;
    this.#silenceLimitMs = silenceLimitMs;
    this.#outcome = endOf(thread).finally(() => this.#giveUp());
    this.ended = this.#outcome.catch(() => {});
    this.opened = new Promise((resolve, reject) => {
      this.#outcome.then(() => reject(new Error('the thread of the database ended')), reject);
      thread.on('message', (answer: DatabaseAnswer) => (answer.kind === 'open' ? resolve() : this.#take(answer)));
    });
  }

  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#isOver) {
        reject(lost());
        return;
      }
      this.#waiting.set(id, { resolve: (rows) => resolve({ rows }), reject });
      this.#hang ??= setTimeout(() => void this.abandon(), this.#silenceLimitMs);
      this.#ask({ kind: 'sql', id, text, values });
    });
  }

  async close(): Promise<void> {
    this.#ask({ kind: 'close' });
    await this.#outcome;
  }

  async abandon(): Promise<void> {
    await this.#thread.terminate();
    await this.ended;
  }

  #ask(request: DatabaseRequest): void {
    this.#thread.postMessage(request);
  }

  #take(answer: Exclude<DatabaseAnswer, { readonly kind: 'open' }>): void {
    const { resolve, reject } = this.#waiting.get(answer.id) ?? {};
    this.#waiting.delete(answer.id);
    if (this.#waiting.size > 0) this.#hang?.refresh();
    else this.#stopWaiting();
    if (answer.kind === 'rows') resolve?.(answer.rows);
    else reject?.(new Error(answer.message));
  }

  #stopWaiting(): void {
    clearTimeout(this.#hang);
    this.#hang = undefined;
  }

  #giveUp(): void {
    this.#isOver = true;
    this.#stopWaiting();
    for (const { reject } of this.#waiting.values()) reject(lost());
    this.#waiting.clear();
  }
}

function lost(): Error {
  return new Error('The embedded database has ended.');
}

function startThread(task: DatabaseTask): Worker {
  return new Worker(THREAD_FILE, { workerData: task });
}

/** @throws what ended the thread before its time. */
function endOf(thread: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    thread.on('error', reject);
    thread.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the thread of the database ended with ${code}`))));
  });
}
