/**
 * What the daemon tells a webhook, or by mail: these fields and no others, so that no name, path, UID or tag value can get out.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { SOFTWARE } from '../results/software.ts';

/** What may be told. The line is stopped when a golden slice no longer comes out as it should. */
export const NOTIFIABLE = ['published', 'refused', 'not-chosen', 'set-aside', 'failed', 'line-stopped', 'line-resumed'] as const;
export type NotifiableEvent = (typeof NOTIFIABLE)[number];

/** What is known about an event. */
export interface NotificationFacts {
  readonly event: NotifiableEvent;
  /** Random; the name of the job in the log. */
  readonly jobId?: string | undefined;
  /** Of the catalogue of errors, or why a series was not chosen. */
  readonly code?: string | undefined;
  /** `jobIdentity` of the report: finds the result folder. A digest. */
  readonly identity?: string | undefined;
  readonly provider?: string | undefined;
}

export interface Notification extends NotificationFacts {
  /** Random. Told twice, an event has the same one. */
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
  readonly version: string;
}

/** @returns What is sent, as JSON, which leaves out what is not known; whatever else an object carries is left out here. */
export function notificationOf({ event, jobId, code, identity, provider }: NotificationFacts): Notification {
  const time = new Date().toISOString();
  return { id: randomUUID(), time, version: SOFTWARE.version, event, jobId, code, identity, provider };
}
