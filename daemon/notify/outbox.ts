/**
 * Notifications on their way out: on the disk until they are delivered, so that a restart loses none; in order; tried again
 * with growing pauses, and given up in the end, which is logged and counted.
 * @module
 */
import { mkdir, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../core/logger.ts';
import { writeDurably } from '../ledger/durable-file.ts';
import type { Notification } from './notification.ts';
import type { Delivery } from './webhook.ts';

/** Before the second try, the third, … */
const PAUSES_MS: readonly number[] = [1_000, 10_000, 60_000, 600_000, 3_600_000];
/** Numbered: two written within one tick of the disk's clock have one time. */
const LETTER_NAME = /^(\d{12})-[0-9a-f-]{36}\.json$/;
const NUMBER_DIGITS = 12;

export interface OutboxOptions {
  /** Made if it is not there. */
  readonly dir: string;
  /** @throws whatever kept a body from being delivered this time. */
  readonly send: (body: string) => Promise<Delivery>;
  readonly logger: Logger;
  readonly onEnd: (outcome: Delivery | 'given-up') => void;
  /** For tests. */
  readonly pausesMs?: readonly number[];
}

export class Outbox {
  readonly #options: OutboxOptions;
  /** Files, the oldest first. */
  readonly #waiting: string[] = [];
  readonly #closing = new AbortController();
  #nextNumber = 0;
  #lastAdded: Promise<void> = Promise.resolve();
  #delivering: Promise<void> | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Takes up what a life before did not deliver. */
  async open(): Promise<void> {
    const { dir } = this.#options;
    await mkdir(dir, { recursive: true });
    for (const name of (await readdir(dir)).sort()) {
      const number = LETTER_NAME.exec(name)?.[1];
      if (number === undefined) continue;
      this.#waiting.push(join(dir, name));
      this.#nextNumber = Number(number) + 1;
    }
    this.#deliver();
  }

  /** Keeps a notification; on the disk when the promise resolves, delivered later. */
  add(notification: Notification): Promise<void> {
    const added = this.#lastAdded.then(async () => {
      const number = String(this.#nextNumber++).padStart(NUMBER_DIGITS, '0');
      const path = join(this.#options.dir, `${number}-${notification.id}.json`);
      await writeDurably(path, JSON.stringify(notification));
      this.#waiting.push(path);
      this.#deliver();
    });
    this.#lastAdded = added.catch(() => {});
    return added;
  }

  /** Tries nothing more; what is left is for the next start. */
  async close(): Promise<void> {
    await this.#lastAdded;
    this.#closing.abort();
    await this.#delivering;
  }

  #deliver(): void {
    this.#delivering ??= this.#deliverAll().finally(() => {
      this.#delivering = undefined;
      // Added at the very moment when the others were done.
      if (this.#waiting.length > 0 && !this.#closing.signal.aborted) this.#deliver();
    });
  }

  async #deliverAll(): Promise<void> {
    const { logger, onEnd } = this.#options;
    for (let path = this.#waiting[0]; path !== undefined; path = this.#waiting[0]) {
      const body = await readFile(path, 'utf8').catch(() => undefined);
      const outcome = body === undefined ? 'given-up' : await this.#tryUntilDone(body);
      if (outcome === undefined) return;
      if (outcome !== 'delivered') logger.error('notification.failed', { state: outcome });
      onEnd(outcome);
      this.#waiting.shift();
      await unlink(path).catch(() => {});
    }
  }

  /** @returns nothing if the outbox was closed before it was done. */
  async #tryUntilDone(body: string): Promise<Delivery | 'given-up' | undefined> {
    const { send, pausesMs = PAUSES_MS } = this.#options;
    for (let attempt = 0; !this.#closing.signal.aborted; attempt++) {
      try {
        return await send(body);
      } catch {
        const pauseMs = pausesMs[attempt];
        if (pauseMs === undefined) return 'given-up';
        await sleep(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => {});
      }
    }
    return undefined;
  }
}
