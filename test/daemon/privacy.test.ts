/**
 * A study full of markers goes through every path of the daemon and of the commands that report to a log: no marker may
 * be found in logs, status pages, queue tables, error texts, or in what results hold.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NOTIFIABLE } from '../../daemon/notify/notification.ts';
import { openEmbeddedDatabase } from '../../daemon/queue/embedded-database.ts';
import { dropMarkedStudy, MARKERS } from './marked-study.ts';
import { startSmtpServer } from './notify/smtp-server.ts';
import { giveReadyQueue } from './ready-queue.ts';
import { exitOf, MAIN, makeSite, type Site, startWatch, visible } from './watch-command.ts';

/** A machine that is busy with other work takes minutes for what takes seconds. */
const PATIENCE = { timeout: 500_000, interval: 500 };
const TOKEN = 'a-token-of-20-letters';

let root: string;
let site: Site;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'privacy-'));
  site = await makeSite(root);
  await giveReadyQueue(site);
  dropMarkedStudy(site.input);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Markers in a text or in bytes, with a little of what is round them. */
function leaks(content: string | Uint8Array): string[] {
  const text = typeof content === 'string' ? content : Buffer.from(content).toString('latin1');
  return MARKERS.flatMap((marker) => {
    const at = text.indexOf(marker);
    return at < 0 ? [] : [text.slice(Math.max(0, at - 60), at + 60)];
  });
}

/** Files below a folder whose content holds a marker; compressed ones are looked into. */
function leakingFiles(dir: string, isExcused: (path: string) => boolean = () => false): string[] {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !isExcused(path))
    .flatMap((path) => {
      const bytes = readFileSync(path);
      return [bytes, ...(path.endsWith('.gz') ? [gunzipSync(bytes)] : [])].flatMap(leaks).map((leak) => `${path}: ${leak}`);
    });
}

const stateDir = () => join(site.out, '.voxwatch-state');
/** The ledger knows the folder of each result by its name: it lies beside the results, and is read by who may read them. */
const isLedger = (path: string) => path.startsWith(join(stateDir(), 'ledger'));

describe('a study full of markers', () => {
  it('shows none in log, status pages, notifications, queue files and what results hold, failures included', async () => {
    const posted: string[] = [];
    const receiver = createServer((request, response) => {
      posted.push(JSON.stringify([request.url, request.headers]));
      request.on('data', (text) => posted.push(String(text)));
      request.on('end', () => response.end());
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const mail = await startSmtpServer();
    const secrets = {
      VOXWATCH_HTTP_TOKEN: TOKEN,
      VOXWATCH_WEBHOOK_SECRET: TOKEN,
      VOXWATCH_WEBHOOK: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
      VOXWATCH_MAIL_SERVER: `smtp://alarm:${TOKEN}@127.0.0.1:${mail.port}`,
      VOXWATCH_MAIL_FROM: 'voxwatch@hospital.example',
      VOXWATCH_MAIL_TO: 'it@hospital.example',
      VOXWATCH_NOTIFY_ON: NOTIFIABLE.join(','),
    };
    Object.assign(process.env, secrets);
    const watch = startWatch(site, '--http', '127.0.0.1:0', '--scan-interval-ms', '300');
    for (const name of Object.keys(secrets)) delete process.env[name];
    await expect.poll(() => visible(join(site.out, 'rejected')).length, PATIENCE).toBe(7);
    await expect.poll(() => visible(site.out).length, PATIENCE).toBe(4);
    const { port } = JSON.parse(
      watch
        .log()
        .split('\n')
        .find((line) => line.includes('http.listening')) ?? '{}',
    );
    const pages = await Promise.all(
      ['/health', '/ready', '/metrics', '/QXPHI'].map(async (path) => {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
        return `${JSON.stringify([...response.headers])} ${await response.text()}`;
      }),
    );
    watch.process.kill('SIGTERM');
    await exitOf(watch.process);
    receiver.close();
    mail.close();
    const mailed = mail.conversations.map(({ commands, letter }) => [...commands, letter].join('\n')).join('\n');

    for (const event of ['published', 'refused']) expect(mailed).toContain(`Subject: voxwatch: ${event}`);
    expect(posted.join('')).toContain('"event":"published"');
    expect(posted.join('')).toContain('"event":"refused"');
    const told = watch.log() + pages.join('') + posted.join('') + mailed;
    // The paths were really gone: refused before a job, refused in the worker, published.
    for (const word of [
      'DICOM_NOT_CT',
      'INPUT_TRUNCATED',
      'DICOM_TRANSFER_SYNTAX',
      'job.published',
      'session.ready',
      'voxwatch_inputs_total',
    ])
      expect(told).toContain(word);
    expect(leaks(told)).toEqual([]);
    expect(leakingFiles(site.out, isLedger)).toEqual([]);
    // Pages and the token: neither is for the log.
    expect(told).not.toContain(TOKEN);
  }, 900_000);

  it('shows none in the tables of a queue that is left full', async () => {
    const watch = startWatch(site);
    await expect.poll(watch.log, PATIENCE).toContain('job.started');
    watch.process.kill('SIGKILL');
    await exitOf(watch.process);
    const database = await openEmbeddedDatabase(join(stateDir(), 'queue'));
    const { rows } = await database.executeSql("select data::text as data from pgboss.job where name = 'series'");
    await database.close();
    expect(rows.length).toBeGreaterThan(0);
    expect(leaks(JSON.stringify(rows))).toEqual([]);
    expect(leakingFiles(join(stateDir(), 'queue'))).toEqual([]);
  }, 900_000);

  it('shows none when the machine is at fault: a broken bundle, a provider that is not there', async () => {
    const withoutCuda = startWatch(site, '--once', '--provider', 'cuda');
    expect(await exitOf(withoutCuda.process)).toBe(4);
    expect(withoutCuda.log()).toContain('PROVIDER_UNAVAILABLE');
    writeFileSync(join(site.bundle, 'stage-1.onnx'), 'QXPH');
    const withoutBundle = startWatch(site, '--once');
    expect(await exitOf(withoutBundle.process)).toBe(4);
    expect(withoutBundle.log()).toContain('BUNDLE_CHECKSUM');
    expect(leaks(withoutCuda.log() + withoutBundle.log())).toEqual([]);
  }, 900_000);

  it.each([
    ['convert', ['convert', 'QXPHI-nowhere', 'QXPHI.nii.gz']],
    ['rules test', ['rules', 'test', 'QXPHI-nowhere']],
    ['watch', ['watch', '--in', 'QXPHI-nowhere', '--out', 'OUT']],
    ['watch with a config that is not there', ['watch', '--config', 'QXPHI.json']],
    ['an unwritable folder', ['watch', '--in', 'IN', '--out', 'IN/QXPHI.txt/out']],
  ])(
    'is not repeated by the error of %s',
    async (_what, words) => {
      const folders = words.map((word) => word.replace('OUT', site.out).replace(/^IN/, site.input));
      const told = await new Promise<string>((resolve) => {
        execFile(process.execPath, [MAIN, ...folders], { cwd: root }, (_error, _stdout, stderr) => resolve(stderr));
      });
      expect(told).toMatch(/\[[A-Z_]+\]/);
      expect(leaks(told)).toEqual([]);
    },
    60_000,
  );
});
