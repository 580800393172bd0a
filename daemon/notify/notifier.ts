/**
 * Events of the daemon → notifications of those that somebody wants to hear of.
 * @module
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { asVoxwatchError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { DaemonConfig } from '../config.ts';
import type { AttemptReport } from '../queue/attempt-report.ts';
import { sendMail } from './mail.ts';
import { type NotificationFacts, notificationOf } from './notification.ts';
import { Outbox } from './outbox.ts';
import { type Delivery, postSigned } from './webhook.ts';

export type NotifierConfig = Pick<
  DaemonConfig,
  'stateDir' | 'webhook' | 'webhookSecret' | 'mailServer' | 'mailFrom' | 'mailTo' | 'notifyOn'
>;

export class Notifier {
  readonly #config: NotifierConfig;
  readonly #logger: Logger;
  /** One a way: what one receiver does not take keeps nothing from the other. */
  readonly #outboxes: readonly Outbox[];

  /** @param onEnd - Called for each notification when it is delivered or given up. */
  constructor(config: NotifierConfig, logger: Logger, onEnd: (outcome: Delivery | 'given-up') => void) {
    this.#config = config;
    this.#logger = logger;
    this.#outboxes = waysOf(config).map(({ folder, send }) => {
      // Daemons on several machines may share the state folder: each delivers its own.
      const dir = join(config.stateDir, folder, hostname());
      return new Outbox({ dir, logger, onEnd, send });
    });
  }

  async open(): Promise<void> {
    for (const outbox of this.#outboxes) await outbox.open();
  }

  /** Resolves at once, whatever becomes of it. */
  tell(facts: NotificationFacts): void {
    if (!this.#config.notifyOn.includes(facts.event)) return;
    const notification = notificationOf(facts);
    for (const outbox of this.#outboxes) {
      outbox.add(notification).catch((thrown) => {
        this.#logger.error('notification.failed', { errorCode: asVoxwatchError(thrown).code });
      });
    }
  }

  /** Tells how an attempt ended, if it is the end. */
  tellAttempt({ end, jobId, identity, errorCode: code, measurements }: AttemptReport): void {
    if (end === 'again' || end === 'already-done') return;
    this.tell({ event: end, jobId, identity, code, provider: measurements?.provider });
  }

  async close(): Promise<void> {
    for (const outbox of this.#outboxes) await outbox.close();
  }
}

/** A way to tell somebody, and the folder of what is on its way, below the state folder. */
interface Way {
  readonly folder: string;
  readonly send: (body: string) => Promise<Delivery>;
}

function waysOf({ webhook: url, webhookSecret: secret, mailServer: server, mailFrom: from, mailTo: to }: NotifierConfig): Way[] {
  const ways: Way[] = [];
  if (url !== undefined && secret !== undefined)
    ways.push({ folder: 'notifications', send: (body) => postSigned({ url, secret }, body) });
  if (server !== undefined && from !== undefined)
    ways.push({ folder: 'mail', send: (body) => sendMail({ server, from, to }, body) });
  return ways;
}
