/**
 * A notification → an e-mail, over SMTP with TLS. The only file that knows the SMTP library.
 * @module
 */
import { createTransport } from 'nodemailer';
import { isLoopback } from '../http/address.ts';
import type { NotifiableEvent, Notification } from './notification.ts';
import type { Delivery } from './webhook.ts';

export interface Mailbox {
  /** `smtps://user:password@host:465`, or `smtp://…:587`, which turns to TLS before it says anything. */
  readonly server: string;
  readonly from: string;
  readonly to: readonly string[];
}

const SMTPS_PORT = 465;
const SUBMISSION_PORT = 587;
/** A server that says nothing for so long is tried again. */
const TIMEOUT_MS = 20_000;
/** What a server answers that will answer the same another time begins with 5 … */
const PERMANENT = 500;
/** … where it speaks of the letter. That it does not take the password, say, somebody can mend. */
const COMMANDS_OF_A_LETTER: readonly string[] = ['MAIL FROM', 'RCPT TO', 'DATA'];

/** For a person at a mail program. */
const SENTENCES: Readonly<Record<NotifiableEvent, string>> = {
  published: 'A result was published.',
  refused: 'An input was refused; its report says why.',
  'not-chosen': 'The rules left a series alone.',
  'set-aside': 'An input was given up after it failed twice; its report lies with the refused ones.',
  failed: 'An attempt failed for a fault of the machine; it is tried again.',
  'line-stopped': 'A bundle no longer gives its known labels: no study is taken up until it does.',
  'line-resumed': 'All bundles give their known labels again: studies are taken up.',
};

/**
 * @param body - A {@link Notification} as JSON.
 * @returns `refused` if the server does not want this letter and never will.
 * @throws whatever kept it from being delivered this time.
 */
export async function sendMail({ server, from, to }: Mailbox, body: string): Promise<Delivery> {
  const notification = JSON.parse(body) as Notification;
  const transport = createTransport(connectionTo(server));
  try {
    const { event, code, id, time } = notification;
    await transport.sendMail({
      from,
      to: [...to],
      subject: `voxwatch: ${event}${code === undefined ? '' : ` (${code})`}`,
      text: textOf(notification),
      date: time,
      // Sent twice, a letter has the same one: mail programs show it once.
      messageId: `<${id}@voxwatch.invalid>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    return 'delivered';
  } catch (thrown) {
    if (isPermanent(thrown)) return 'refused';
    throw thrown;
  } finally {
    transport.close();
  }
}

function connectionTo(server: string): NonNullable<Parameters<typeof createTransport>[0]> {
  const { protocol, hostname, port, username, password } = new URL(server);
  const host = hostname.replace(/^\[|\]$/g, '');
  const secure = protocol === 'smtps:';
  return {
    host,
    port: Number(port) || (secure ? SMTPS_PORT : SUBMISSION_PORT),
    secure,
    // On this machine nobody listens in between.
    ...(!secure && (isLoopback(host) ? { ignoreTLS: true } : { requireTLS: true })),
    ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    logger: false,
  };
}

/** The fields of a notification, one a line. */
function textOf(notification: Notification): string {
  const { event, ...facts } = notification;
  const lines = Object.entries(facts).map(([name, value]) => `${name}: ${value}`);
  return `${SENTENCES[event]}\n\n${[`event: ${event}`, ...lines].join('\n')}\n`;
}

function isPermanent(thrown: unknown): boolean {
  const { responseCode, command } = thrown as { readonly responseCode?: number; readonly command?: string };
  return responseCode !== undefined && responseCode >= PERMANENT && COMMANDS_OF_A_LETTER.includes(command ?? '');
}
