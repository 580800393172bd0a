import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../../daemon/queue/embedded-database.ts';
import { type Lease, Leases } from '../../../daemon/queue/leases.ts';
import { giveReadyQueue } from '../ready-queue.ts';

let dir: string;
let database: EmbeddedDatabase;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'leases-'));
  await giveReadyQueue({ out: dir });
  database = await openEmbeddedDatabase(join(dir, '.voxwatch-state', 'queue'));
});
afterAll(async () => {
  await database.close();
  rmSync(dir, { recursive: true });
});

describe('leases', () => {
  it('let one work on a study until it gives it back', async () => {
    const leases = new Leases(database, 3_600_000);
    await leases.open();
    await leases.open();
    const first = (await leases.take('a')) as Lease;
    expect(await leases.take('a')).toBeUndefined();
    expect(await leases.isHeld('a')).toBe(true);
    expect(await leases.take('b')).toMatchObject({ fingerprint: 'b' });
    await leases.release({ ...first, holder: '00000000-0000-0000-0000-000000000000' });
    expect(await leases.isHeld('a')).toBe(true);
    await leases.release(first);
    expect(await leases.isHeld('a')).toBe(false);
    expect(await leases.take('a')).not.toEqual(first);
    await leases.clear();
    expect([await leases.isHeld('a'), await leases.isHeld('b')]).toEqual([false, false]);
  });

  it('lapse when they are not renewed, and then are lost to who takes them', async () => {
    const lengthMs = 50;
    const leases = new Leases(database, lengthMs);
    const first = (await leases.take('c')) as Lease;
    await sleep(2 * lengthMs);
    expect(await leases.isHeld('c')).toBe(false);
    // Lapsed, but nobody wanted it: it can be had back.
    expect(await leases.renew(first)).toBe(true);
    await sleep(2 * lengthMs);
    const second = (await new Leases(database, 3_600_000).take('c')) as Lease;
    expect(second).toBeDefined();
    expect(await leases.renew(first)).toBe(false);
    await leases.release(first);
    expect(await leases.isHeld('c')).toBe(true);
    expect(await leases.renew(second)).toBe(true);
  });
});
