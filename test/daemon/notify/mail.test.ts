import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sendMail } from '../../../daemon/notify/mail.ts';
import { notificationOf } from '../../../daemon/notify/notification.ts';
import { Notifier } from '../../../daemon/notify/notifier.ts';
import { type LogLine, recordingLogger } from '../fakes.ts';
import { type SmtpServer, startSmtpServer } from './smtp-server.ts';

const PATIENCE = { timeout: 30_000, interval: 10 };
const PASSWORD = 'p@ss word';
const letter = notificationOf({ event: 'refused', jobId: 'job-1', code: 'DICOM_NOT_CT' });

let server: SmtpServer | undefined;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mail-'));
});
afterEach(() => {
  server?.close();
  rmSync(dir, { recursive: true });
});

async function mailbox(answerTo?: (command: string) => string | undefined) {
  server = await startSmtpServer(answerTo);
  const address = `smtp://alarm:${encodeURIComponent(PASSWORD)}@127.0.0.1:${server.port}`;
  return { server: address, from: 'voxwatch@hospital.example', to: ['it@hospital.example', 'night@hospital.example'] };
}

describe('a mail', () => {
  it('is handed over as SMTP wants it: password, sender, receivers, a letter a person can read', async () => {
    const box = await mailbox();
    expect(await sendMail(box, JSON.stringify(letter))).toBe('delivered');
    const [{ commands, letter: text = '' } = { commands: [] }] = server?.conversations ?? [];
    const [, credentials = ''] = /^AUTH PLAIN (.+)$/m.exec(commands.join('\n')) ?? [];
    expect(Buffer.from(credentials, 'base64').toString()).toBe(`\0alarm\0${PASSWORD}`);
    expect(commands.filter((command) => /^(MAIL|RCPT)/.test(command))).toEqual([
      'MAIL FROM:<voxwatch@hospital.example>',
      'RCPT TO:<it@hospital.example>',
      'RCPT TO:<night@hospital.example>',
    ]);
    expect(text).toContain('Subject: voxwatch: refused (DICOM_NOT_CT)\n');
    expect(text).toContain(`Message-ID: <${letter.id}@voxwatch.invalid>\n`);
    expect(text).toContain('Auto-Submitted: auto-generated\n');
    expect(text).toContain('An input was refused; its report says why.\n');
    for (const [name, value] of Object.entries(letter).filter(([, value]) => value !== undefined))
      expect(text).toContain(`${name}: ${value}`);
    expect(text).not.toContain('undefined');
  });

  it.each([
    ['a receiver that there is not', 'RCPT', '550 no such user'],
    ['a letter that is not wanted', 'the letter', '554 no'],
  ])('is let go for %s', async (_what, command, answer) => {
    const box = await mailbox((said) => (said.startsWith(command) ? answer : undefined));
    expect(await sendMail(box, JSON.stringify(letter))).toBe('refused');
  });

  it.each([
    ['a server that is busy', 'MAIL', '451 later'],
    ['a receiver that is on a grey list', 'RCPT', '450 later'],
    ['a password that is not taken', 'AUTH', '535 no'],
    ['a server that hangs up', 'DATA', 'hang up'],
  ])('is tried again after %s', async (_what, command, answer) => {
    const box = await mailbox((said) => (said.startsWith(command) ? answer : undefined));
    await expect(sendMail(box, JSON.stringify(letter))).rejects.toThrow();
  });

  it('beyond this machine says nothing before it is encrypted', async () => {
    const box = await mailbox((said) => (said === 'STARTTLS' ? '502 what is that' : undefined));
    // An address that leads to this machine and is not known to.
    const elsewhere = box.server.replace('127.0.0.1', '0.0.0.0');
    await expect(sendMail({ ...box, server: elsewhere }, JSON.stringify(letter))).rejects.toThrow();
    const [{ commands } = { commands: [] }] = server?.conversations ?? [];
    expect(commands).toContain('STARTTLS');
    expect(commands.filter((command) => /^(AUTH|MAIL)/.test(command))).toEqual([]);
  });
});

describe('the notifier', () => {
  it('mails beside a webhook that does not answer, after a restart too, and logs no password', async () => {
    let isBusy = true;
    const box = await mailbox((said) => (isBusy && said.startsWith('MAIL') ? '451 later' : undefined));
    const lines: LogLine[] = [];
    const config = {
      ...{ stateDir: dir, notifyOn: ['refused'] as const, webhook: 'http://127.0.0.1:1/', webhookSecret: 'a-secret-of-20-letters' },
      ...{ mailServer: box.server, mailFrom: box.from, mailTo: box.to },
    };
    const open = async (ends: string[]): Promise<Notifier> => {
      const notifier = new Notifier({ ...config, notifyOn: [...config.notifyOn] }, recordingLogger(lines), (end) => ends.push(end));
      await notifier.open();
      return notifier;
    };
    const first = await open([]);
    first.tell({ event: 'refused', code: 'DICOM_NOT_CT' });
    await vi.waitFor(() => expect(server?.conversations.length).toBe(1), PATIENCE);
    await first.close();
    expect(readdirSync(join(dir, 'mail', hostname()))).toHaveLength(1);

    isBusy = false;
    const ends: string[] = [];
    const second = await open(ends);
    await vi.waitFor(() => expect(ends).toEqual(['delivered']), PATIENCE);
    await second.close();
    expect(readdirSync(join(dir, 'mail', hostname()))).toEqual([]);
    expect(readdirSync(join(dir, 'notifications', hostname()))).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain(PASSWORD);
  });
});
