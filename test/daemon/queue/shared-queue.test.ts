/**
 * Several daemons on one PostgreSQL server: each study is worked on by one at a time and published once, whoever is killed
 * or stopped. Skipped where the machine has no PostgreSQL.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dropStudy } from '../../../bench/daemon/studies.ts';
import { killDaemon, readResults, startWatch, type WatchProcess, workersOf } from '../../../bench/daemon/watch-process.ts';
import type { JobQueue, QueuedJob, TakenJob } from '../../../daemon/queue/job-queue.ts';
import { openQueue } from '../../../daemon/queue/open-queue.ts';
import { recordingLogger } from '../fakes.ts';
import { findPostgres, type PostgresServer, startPostgres } from '../postgres-server.ts';
import { makeSite } from '../watch-command.ts';

const programs = findPostgres();
const PATIENCE = { timeout: 300_000, interval: 200 };
let server: PostgresServer;
const daemons: WatchProcess[] = [];
/** Processes that were stopped: killing their daemon does not end them. */
const frozen: number[] = [];
beforeAll(async () => {
  if (programs !== undefined) server = await startPostgres(programs);
});
afterEach(() => {
  for (const { process: daemon } of daemons) daemon.kill('SIGKILL');
  for (const pid of frozen) {
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      // It has ended, as it should.
    }
  }
});
afterAll(() => server?.stop());

const job = (fingerprint: string): QueuedJob => ({ fingerprint, jobId: `job-${fingerprint}`, jobClass: 'any', handBacks: 0 });

describe.skipIf(programs === undefined)('daemons on one PostgreSQL', () => {
  it('open an empty database at once, time and again', async () => {
    for (let round = 0; round < 4; round++) {
      const options = { stateDir: tmpdir(), database: server.address(`race_${round}`), leaseMs: 60_000 };
      const queues = await Promise.all(Array.from({ length: 5 }, () => openQueue(options, recordingLogger([]))));
      await queues[0]?.add(job('a'), 0);
      const taken = await Promise.all(queues.map((queue) => queue.take(['any'])));
      expect(taken.filter((one) => one !== undefined)).toHaveLength(1);
      await Promise.all(queues.map((queue) => queue.close()));
    }
  }, 120_000);

  it('never take what another works on, and take over what it let lapse', async () => {
    const database = server.address('leases');
    const leaseMs = 1_000;
    const open = (ms: number): Promise<JobQueue> => openQueue({ stateDir: tmpdir(), database, leaseMs: ms }, recordingLogger([]));
    // At once: only one may make the tables.
    const [first, second] = (await Promise.all([open(leaseMs), open(60_000)])) as [JobQueue, JobQueue];
    await first.add(job('a'), 0);
    const held = (await first.take(['any'])) as TakenJob;
    // The other one has found the same study: it is not added while the first is at it.
    await second.add(job('a'), 0);
    expect(await second.take(['any'])).toBeUndefined();
    expect(await first.renew(held)).toBeGreaterThan(held.untilMs);
    // Now the first is killed, or sleeps.
    await expect
      .poll(async () => {
        await second.add(job('a'), 0);
        return second.take(['any']);
      }, PATIENCE)
      .toMatchObject({ fingerprint: 'a' });
    expect(await first.renew(held)).toBeUndefined();
    await first.finish(held);
    await first.add(job('a'), 0);
    expect(await first.take(['any'])).toBeUndefined();

    await first.add({ ...job('b'), jobClass: 'cuda' }, 0);
    await first.add(job('c'), 9);
    expect(await second.take(['cpu', 'any'])).toMatchObject({ fingerprint: 'c' });
    expect(await second.take(['cpu', 'any'])).toBeUndefined();
    expect(await second.take(['cuda', 'any'])).toMatchObject({ fingerprint: 'b', jobClass: 'cuda' });
    await Promise.all([first.close(), second.close()]);
  }, 120_000);

  it('do each study once, one of them killed in mid-job and one stopped past its lease', async () => {
    const root = mkdtempSync(join(tmpdir(), 'shared-'));
    const site = await makeSite(root);
    const names = [0, 1, 2, 3, 4].map((number) => dropStudy(site.input, number, 4));
    const options = ['--database', server.address('daemons'), '--lease-ms', '8000', '--scan-interval-ms', '500'];
    const start = (...more: string[]) => {
      const watch = startWatch(site, '--model', site.bundle, ...options, ...more);
      daemons.push(watch);
      return watch;
    };

    const killed = start();
    await expect.poll(killed.log, PATIENCE).toContain('worker.started');
    await killDaemon(killed);

    const stopped = start();
    await expect.poll(stopped.log, PATIENCE).toContain('worker.started');
    frozen.push(stopped.process.pid as number, ...workersOf(stopped).map(Number));
    expect(frozen).toHaveLength(2);
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    expect(readResults(site.out).all).toEqual([]);

    const [intake, worker] = [start('--role', 'intake'), start('--role', 'worker')];
    await expect.poll(() => readResults(site.out).whole, PATIENCE).toEqual(names);
    expect(intake.log()).not.toContain('job.started');
    expect(worker.log()).not.toContain('job.queued');
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
    // Its worker notices that its time is up, and ends before it publishes anything.
    await expect.poll(stopped.log, PATIENCE).toContain('lease.lost');

    for (const { process: daemon } of [stopped, intake, worker]) daemon.kill('SIGTERM');
    expect(await Promise.all([stopped.ended, intake.ended, worker.ended])).toEqual([0, 0, 0]);
    expect(readResults(site.out).all).toEqual(names);
    expect(stopped.log()).not.toContain('job.published');
    expect(worker.log().split('job.published')).toHaveLength(names.length + 1);
    expect(readdirSync(join(site.out, '.voxwatch-state', 'ledger'))).toHaveLength(names.length);

    // What a killed one left half-written goes once it is so old that nobody can still be at it.
    const assignments = join(site.out, '.voxwatch-state', 'assignments');
    writeFileSync(join(assignments, `.${randomUUID()}.tmp`), '{');
    for (const name of readdirSync(assignments)) {
      expect(name).toMatch(/^\..+\.tmp$/);
      utimesSync(join(assignments, name), 0, 0);
    }
    expect(await start('--once').ended).toBe(0);
    expect(readdirSync(assignments)).toEqual([]);
    rmSync(root, { recursive: true });
  }, 900_000);
});
