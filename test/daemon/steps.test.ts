import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Recovered } from '../../bench/daemon/die-at-step.ts';
import { DAEMON_STEPS } from '../../daemon/steps.ts';
import { giveReadyQueue } from './ready-queue.ts';
import { makeSite } from './watch-command.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/bench/daemon/die-at-step.js', import.meta.url));

it('killed at each step and started again, it publishes every study once and puts its input away', async () => {
  const root = mkdtempSync(join(tmpdir(), 'steps-'));
  const site = await makeSite(root);
  await giveReadyQueue(site);
  const moved = join(root, 'moved');
  /** One process: it does what the one before left, then dies at a step of a new study. */
  const live = (...more: string[]): Promise<{ readonly signal: unknown; readonly recovered: Recovered }> =>
    new Promise((resolve, reject) => {
      const words = [PROGRAM, '--in', site.input, '--out', site.out, '--model', site.bundle, '--after-dir', moved, ...more];
      execFile(process.execPath, words, (error, stdout, stderr) => {
        if (stdout === '') reject(new Error(stderr));
        else resolve({ signal: error?.signal, recovered: JSON.parse(stdout) as Recovered });
      });
    });

  const studies: string[] = [];
  for (const [number, step] of [...DAEMON_STEPS, undefined].entries()) {
    const before = DAEMON_STEPS[number - 1];
    const { signal, recovered } = await live(...(step === undefined ? [] : ['--step', step, '--study', String(number)]));
    expect([step, signal]).toEqual([step, step === undefined ? undefined : 'SIGKILL']);
    expect([before, recovered]).toEqual([
      before,
      expect.objectContaining({ all: studies, whole: studies, leftovers: 0, left: [] }),
    ]);
    studies.push(`study-${String(number).padStart(4, '0')}`);
  }
  expect(readdirSync(moved)).toEqual(studies.slice(0, DAEMON_STEPS.length).map((name) => `${name}.nii.gz`));
  expect(existsSync(join(site.out, 'rejected'))).toBe(false);
  rmSync(root, { recursive: true });
}, 900_000);
