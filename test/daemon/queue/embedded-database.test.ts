import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEmbeddedDatabase } from '../../../daemon/queue/embedded-database.ts';
import { giveReadyQueue } from '../ready-queue.ts';

let out: string;
let dir: string;
beforeEach(async () => {
  out = mkdtempSync(join(tmpdir(), 'database-'));
  await giveReadyQueue({ out });
  dir = join(out, '.voxwatch-state', 'queue');
});
afterEach(() => rmSync(out, { recursive: true }));

describe('the embedded database', () => {
  it('answers in order, says what PostgreSQL says of a bad statement, and works on after it', async () => {
    const database = await openEmbeddedDatabase(dir);
    const answers = await Promise.allSettled([
      database.executeSql(
        'create table t (n int, at timestamptz, j jsonb); insert into t values (1, now(), \'{"a": [1]}\'); select 1 as one',
      ),
      database.executeSql('select nonsense'),
      database.executeSql('insert into t values ($1, $2, $3) returning n', [2, null, { b: null }]),
      database.executeSql('select n, at, j from t order by n'),
    ]);
    expect(answers[0]).toMatchObject({ value: { rows: [{ one: 1 }] } });
    expect(answers[1]).toMatchObject({ reason: { message: expect.stringContaining('"nonsense" does not exist') } });
    expect(answers[2]).toMatchObject({ value: { rows: [{ n: 2 }] } });
    const rows = [
      { n: 1, at: expect.any(Date), j: { a: [1] } },
      { n: 2, at: null, j: { b: null } },
    ];
    expect(answers[3]).toEqual({ status: 'fulfilled', value: { rows } });
    await database.close();
    await expect(database.executeSql('select 1')).rejects.toThrow('has ended');
  });

  it('leaves this thread free while it works', async () => {
    const database = await openEmbeddedDatabase(dir);
    let ticks = 0;
    const timer = setInterval(() => {
      ticks++;
    }, 1);
    await database.executeSql('select count(*) from generate_series(1, 3000000)');
    clearInterval(timer);
    await database.close();
    expect(ticks).toBeGreaterThan(5);
  });

  it('ends when it hangs or is told to, and says so to who waits; what was committed is there when it is opened again', async () => {
    const told = await openEmbeddedDatabase(dir);
    await told.executeSql('create table kept (n int); insert into kept values (7)');
    const asked = told.executeSql('select pg_sleep(600)');
    await Promise.all([expect(asked).rejects.toThrow('has ended'), told.abandon()]);
    const hanging = await openEmbeddedDatabase(dir, 500);
    await expect(hanging.executeSql('select pg_sleep(600)')).rejects.toThrow('has ended');
    await hanging.ended;
    const last = await openEmbeddedDatabase(dir);
    expect((await last.executeSql('select n from kept')).rows).toEqual([{ n: 7 }]);
    await last.close();
    await last.ended;
  });

  it('says that its files are damaged', async () => {
    writeFileSync(join(dir, 'global', 'pg_control'), '');
    await expect(openEmbeddedDatabase(dir)).rejects.toMatchObject({ code: 'QUEUE_FAILED' });
  });
});
