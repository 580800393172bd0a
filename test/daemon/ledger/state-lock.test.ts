import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { acquireStateLock } from '../../../daemon/ledger/state-lock.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lock-'));
});
const writeLock = (holder: object) => writeFileSync(join(dir, 'daemon.lock'), JSON.stringify({ token: 't', ...holder }));

describe('the lock of a state folder', () => {
  it('is held by one at a time and leaves nothing behind', async () => {
    const lock = await acquireStateLock(dir);
    await expect(acquireStateLock(dir)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
    await lock.release();
    expect(readdirSync(dir)).toEqual([]);
    await (await acquireStateLock(dir)).release();
  });

  it('goes to exactly one of many who find it left', async () => {
    writeLock({ host: hostname(), pid: 2 ** 22 + 1 });
    const takers = await Promise.allSettled(Array.from({ length: 8 }, () => acquireStateLock(dir)));
    expect(takers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is taken over from a process that was killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    writeLock({ host: hostname(), pid: child.pid });
    await expect(acquireStateLock(dir)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    await (await acquireStateLock(dir)).release();
  });

  it.skipIf(!existsSync('/proc/self/stat'))('is taken over when its process id went to somebody else', async () => {
    writeLock({ host: hostname(), pid: process.pid, startTicks: '1' });
    await (await acquireStateLock(dir)).release();
  });

  it('is taken over from another machine only when it is no longer touched', async () => {
    writeLock({ host: 'elsewhere', pid: 1 });
    const touching = setInterval(() => utimesSync(join(dir, 'daemon.lock'), new Date(), new Date()), 20);
    await expect(acquireStateLock(dir, 200)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
    clearInterval(touching);
    await (await acquireStateLock(dir, 200)).release();
  });

  it('is taken over when it cannot be read', async () => {
    writeFileSync(join(dir, 'daemon.lock'), '');
    await (await acquireStateLock(dir)).release();
  });
});
