import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { notificationOf } from '../../../daemon/notify/notification.ts';
import { Notifier, type NotifierConfig } from '../../../daemon/notify/notifier.ts';
import { Outbox } from '../../../daemon/notify/outbox.ts';
import { postSigned, signatureOf } from '../../../daemon/notify/webhook.ts';
import { type LogLine, recordingLogger } from '../fakes.ts';

const PATIENCE = { timeout: 30_000, interval: 10 };
const SECRET = 'a-secret-of-20-letters';
let dir: string;
let server: Server;
/** What the receiver answers, one after another; then 200. */
let answers: number[];
let received: { readonly headers: IncomingHttpHeaders; readonly body: string }[];
let lines: LogLine[];
let url: string;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'notify-'));
  [answers, received, lines] = [[], [], []];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (text) => {
      body += String(text);
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      const status = answers.shift() ?? 200;
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
  rmSync(dir, { recursive: true });
});

function outbox(onEnd: (outcome: string) => void, pausesMs: readonly number[] = [1, 1, 1]): Outbox {
  const send = (body: string) => postSigned({ url, secret: SECRET }, body);
  return new Outbox({ dir, send, logger: recordingLogger(lines), onEnd, pausesMs });
}
const refused = () => notificationOf({ event: 'refused', jobId: 'job-1', code: 'DICOM_NOT_CT' });
const bodies = () => received.map(({ body }) => JSON.parse(body) as { readonly id: string; readonly event: string });

describe('a notification', () => {
  it('arrives after two failures, the same each time, signed so that the receiver can check it', async () => {
    answers = [500, 503];
    const ends: string[] = [];
    const box = outbox((outcome) => ends.push(outcome));
    await box.open();
    const letter = refused();
    await box.add(letter);
    await vi.waitFor(() => expect(ends).toEqual(['delivered']), PATIENCE);
    expect(received).toHaveLength(3);
    expect(bodies()).toEqual([letter, letter, letter]);
    const { headers, body } = received[2] as (typeof received)[0];
    const timestamp = headers['x-voxwatch-timestamp'] as string;
    expect(headers['x-voxwatch-signature']).toBe(`sha256=${signatureOf(SECRET, timestamp, body)}`);
    expect(Math.abs(Number(timestamp) * 1000 - Date.now())).toBeLessThan(600_000);
    await vi.waitFor(() => expect(readdirSync(dir)).toEqual([]), PATIENCE);
    expect(lines).toEqual([]);
    await box.close();
  });

  it.each([
    ['is not wanted', [410], 'refused', 1],
    ['never gets through', [500, 429, 408, 500], 'given-up', 4],
    ['is sent elsewhere', [302, 302, 302, 302], 'given-up', 4],
  ])('that %s is logged and let go, and the next one goes', async (_what, failing, outcome, tries) => {
    answers = [...failing];
    const ends: string[] = [];
    const box = outbox((end) => ends.push(end));
    await box.open();
    await box.add(refused());
    await box.add(notificationOf({ event: 'failed' }));
    await vi.waitFor(() => expect(ends).toEqual([outcome, 'delivered']), PATIENCE);
    expect(bodies().map(({ event }) => event)).toEqual([...Array(tries).fill('refused'), 'failed']);
    expect(lines).toEqual([{ event: 'notification.failed', fields: { state: outcome } }]);
    await box.close();
  });

  it('that a stop interrupts is delivered by the next life, in order', async () => {
    answers = [500];
    const first = outbox(() => {}, [3_600_000]);
    await first.open();
    const letters = [refused(), refused()];
    for (const letter of letters) await first.add(letter);
    await vi.waitFor(() => expect(received).toHaveLength(1), PATIENCE);
    await first.close();
    const files = readdirSync(dir).sort();
    expect(files).toHaveLength(2);
    // As where a disk's clock is coarse, or was set back between the two.
    files.forEach((name, index) => utimesSync(join(dir, name), 1_000 - index, 1_000 - index));
    const second = outbox(() => {});
    await second.open();
    await vi.waitFor(
      () => expect(bodies().map(({ id }) => id)).toEqual([letters[0], ...letters].map((letter) => letter?.id)),
      PATIENCE,
    );
    await second.close();
  });
});

describe('the notifier', () => {
  const config = (changes: Partial<NotifierConfig> = {}): NotifierConfig => ({
    ...{ stateDir: dir, webhook: url, webhookSecret: SECRET, mailTo: [], notifyOn: ['refused', 'failed'] },
    ...changes,
  });

  it('tells what is asked for, in the fields that are allowed and no others', async () => {
    const notifier = new Notifier(config(), recordingLogger(lines), () => {});
    await notifier.open();
    notifier.tell({ event: 'published', jobId: 'no' });
    const carriesMore = { event: 'refused', code: 'DICOM_NOT_CT', name: 'Mustermann', folder: '/in/Mustermann' } as const;
    notifier.tell(carriesMore);
    notifier.tellAttempt({ end: 'again', jobId: 'no' });
    notifier.tellAttempt({ end: 'failed', jobId: 'job-1', errorCode: 'WORKER_DIED' });
    await vi.waitFor(() => expect(received).toHaveLength(2), PATIENCE);
    expect(bodies().map((body) => Object.keys(body))).toEqual([
      ['id', 'time', 'version', 'event', 'code'],
      ['id', 'time', 'version', 'event', 'jobId', 'code'],
    ]);
    expect(JSON.stringify(received)).not.toContain('Mustermann');
    await notifier.close();
    expect(readdirSync(join(dir, 'notifications', hostname()))).toEqual([]);
  });

  it('says nothing where there is no webhook', async () => {
    const notifier = new Notifier(config({ webhook: undefined }), recordingLogger(lines), () => {});
    await notifier.open();
    notifier.tell({ event: 'failed' });
    await notifier.close();
    expect(readdirSync(dir)).toEqual([]);
  });
});
