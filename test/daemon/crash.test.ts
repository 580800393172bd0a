import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { killDaemon } from '../../bench/daemon/watch-process.ts';
import { giveReadyQueue } from './ready-queue.ts';
import { dropNifti, dropSeries, exitOf, makeSite, startWatch, visible, wholeResults } from './watch-command.ts';

/** More rounds for a longer search: CRASH_ROUNDS=60 npx vitest run test/daemon/crash.test.ts */
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 3);
/** Every other kill comes while the daemon works, the rest while it starts. */
const LONGEST_START_MS = 1_500;
const LONGEST_WORK_MS = 1_000;
const STARTING_TIMEOUT_MS = 60_000;

it(
  'killed at random moments and started again, it publishes every study once, whole',
  async () => {
    const root = mkdtempSync(join(tmpdir(), 'crash-'));
    const site = await makeSite(root);
    await giveReadyQueue(site);
    const names: string[] = [];
    const lives: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      names.push(`nifti-${round}`, `series-${round}`);
      dropNifti(site, `nifti-${round}`, 2 * round);
      dropSeries(site, `series-${round}`, 2 * round + 1);
      const watch = startWatch(site);
      const isWorking = round % 2 === 0;
      if (isWorking) await expect.poll(watch.log, { timeout: STARTING_TIMEOUT_MS }).toContain('job.started');
      lives.push(Math.round(Math.random() * (isWorking ? LONGEST_WORK_MS : LONGEST_START_MS)));
      await sleep(lives.at(-1));
      expect(watch.process.exitCode, watch.log()).toBeNull();
      await killDaemon(watch);
    }
    const last = startWatch(site, '--once');
    expect(await exitOf(last.process), last.log()).toBe(0);

    const told = `killed after ${lives.join(', ')} ms`;
    expect(visible(site.out), told).toEqual(names.sort());
    expect(wholeResults(site), told).toEqual(names);
    expect(readTemporaries(site.out), told).toEqual([]);
    const entries = readdirSync(join(site.out, '.voxwatch-state', 'ledger'));
    expect(entries.filter((name) => !name.endsWith('.json'))).toEqual([]);
    expect(entries).toHaveLength(names.length);
    rmSync(root, { recursive: true });
  },
  120_000 + ROUNDS * 60_000,
);

function readTemporaries(out: string): string[] {
  const dir = join(out, '.voxwatch-tmp');
  return existsSync(dir) ? readdirSync(dir) : [];
}
