/**
 * Events of the daemon → notifications of those that somebody wants to hear of.
 * @module
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { asVoxwatchError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { DaemonConfig } from '../config.ts';
import type { AttemptReport } from '../queue/work-loop.ts';
import { type NotificationFacts, notificationOf } from './notification.ts';
import { Outbox } from './outbox.ts';
import { type Delivery, postSigned } from './webhook.ts';

export type NotifierConfig = Pick<DaemonConfig, 'stateDir' | 'webhook' | 'webhookSecret' | 'notifyOn'>;

export class Notifier {
  readonly #config: NotifierConfig;
  readonly #logger: Logger;
  readonly #outbox: Outbox | undefined;

  /** @param onEnd - Called for each notification when it is delivered or given up. */
  constructor(config: NotifierConfig, logger: Logger, onEnd: (outcome: Delivery | 'given-up') => void) {
    this.#config = config;
    this.#logger = logger;
    const { webhook: url, webhookSecret: secret, stateDir } = config;
    if (url === undefined || secret === undefined) return;
    // Daemons on several machines may share the state folder: each delivers its own.
    const dir = join(stateDir, 'notifications', hostname());
    this.#outbox = new Outbox({ dir, logger, onEnd, send: (body) => postSigned({ url, secret }, body) });
  }

  async open(): Promise<void> {
    await this.#outbox?.open();
  }

  /** Resolves at once, whatever becomes of it. */
  tell(facts: NotificationFacts): void {
    if (this.#outbox === undefined || !this.#config.notifyOn.includes(facts.event)) return;
    this.#outbox.add(notificationOf(facts)).catch((thrown) => {
      this.#logger.error('notification.failed', { errorCode: asVoxwatchError(thrown).code });
    });
  }

  /** Tells how an attempt ended, if it is the end. */
  tellAttempt({ end, jobId, identity, errorCode: code, measurements }: AttemptReport): void {
    if (end === 'again' || end === 'already-done') return;
    this.tell({ event: end, jobId, identity, code, provider: measurements?.provider });
  }

  async close(): Promise<void> {
    await this.#outbox?.close();
  }
}
