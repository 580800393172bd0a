import { afterEach, describe, expect, it } from 'vitest';
import { isLoopback, parseAddress } from '../../../daemon/http/address.ts';
import { type StatusServer, startStatusServer } from '../../../daemon/http/status-server.ts';

let server: StatusServer | undefined;
let reasons: string[] = [];
afterEach(async () => {
  await server?.close();
  server = undefined;
  reasons = [];
});

async function start(token?: string): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const pages = { notReadyReasons: () => reasons, metrics: () => Promise.resolve('up 1\n') };
  server = await startStatusServer({ host: '127.0.0.1', port: 0 }, token, pages);
  const { port } = server;
  return (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init);
}

describe('the status pages', () => {
  it('say health, readiness with its reasons, and metrics', async () => {
    const ask = await start();
    expect((await ask('/health')).status).toBe(200);
    expect((await ask('/ready')).status).toBe(200);
    reasons = ['disk-space'];
    const ready = await ask('/ready?x');
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false, reasons: ['disk-space'] }]);
    const metrics = await ask('/metrics');
    expect([metrics.headers.get('content-type'), await metrics.text()]).toEqual([
      'text/plain; version=0.0.4; charset=utf-8',
      'up 1\n',
    ]);
    const head = await ask('/metrics', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('answer nothing else', async () => {
    const ask = await start();
    expect((await ask('/')).status).toBe(404);
    expect((await ask('/metrics/../../etc/passwd')).status).toBe(404);
    expect((await ask('/health', { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(405);
  });

  it('ask for the token everywhere, where there is one', async () => {
    const ask = await start('a-token-of-20-letters');
    for (const path of ['/health', '/ready', '/metrics', '/else']) {
      expect((await ask(path)).status).toBe(401);
      for (const authorization of [
        'Bearer',
        'Bearer a-token-of-20-letterS',
        'Basic a-token-of-20-letters',
        'a-token-of-20-letters',
      ])
        expect((await ask(path, { headers: { authorization } })).status).toBe(401);
    }
    expect((await ask('/health', { headers: { authorization: 'Bearer a-token-of-20-letters' } })).status).toBe(200);
  });

  it('cannot be had twice on one port, and say so by a code', async () => {
    await start();
    const second = startStatusServer({ host: '127.0.0.1', port: server?.port ?? 0 }, undefined, {
      notReadyReasons: () => [],
      metrics: () => Promise.resolve(''),
    });
    await expect(second).rejects.toMatchObject({ code: 'HTTP_UNAVAILABLE', details: { systemCode: 'EADDRINUSE' } });
  });
});

describe('an address', () => {
  it.each([
    ['127.0.0.1:9090', { host: '127.0.0.1', port: 9090 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['::1:80', undefined],
    ['[x]:80', undefined],
    [':80', undefined],
    ['host:', undefined],
    ['host:70000', undefined],
    ['http://host:80', undefined],
  ])('%s', (text, expected) => {
    expect(parseAddress(text)).toEqual(expected);
  });

  it('is known to stay on this machine or not', () => {
    expect(['127.0.0.1', '127.9.9.9', 'localhost', 'LOCALHOST', '::1', '::ffff:127.0.0.1'].filter(isLoopback)).toEqual([
      '127.0.0.1',
      '127.9.9.9',
      'localhost',
      'LOCALHOST',
      '::1',
      '::ffff:127.0.0.1',
    ]);
    expect(
      ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'localhost.evil.example', '127.0.0.1.evil.example', '1270.0.1'].filter(isLoopback),
    ).toEqual([]);
  });
});
