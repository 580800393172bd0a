import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { dropStudy } from '../../bench/daemon/studies.ts';
import { countLeftovers, readResults } from '../../bench/daemon/watch-process.ts';
import { DAEMON_STEPS } from '../../daemon/steps.ts';
import { makeSite } from './watch-command.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/bench/daemon/die-at-step.js', import.meta.url));

it('killed at each step and started again, it publishes every study once and puts its input away', async () => {
  const root = mkdtempSync(join(tmpdir(), 'steps-'));
  const site = await makeSite(root);
  const moved = join(root, 'moved');
  const live = (...more: string[]): Promise<{ readonly signal: unknown; readonly told: string }> =>
    new Promise((resolve) => {
      const words = [PROGRAM, '--in', site.input, '--out', site.out, '--model', site.bundle, '--after-dir', moved, ...more];
      execFile(process.execPath, words, (error, stdout, stderr) => resolve({ signal: error?.signal, told: stdout + stderr }));
    });

  const studies: string[] = [];
  for (const [number, step] of DAEMON_STEPS.entries()) {
    studies.push(dropStudy(site.input, number, 2));
    const { signal, told } = await live('--step', step);
    expect([step, signal], told).toEqual([step, 'SIGKILL']);
    const next = await live();
    expect([step, next.signal], next.told).toEqual([step, undefined]);
    const { all, whole } = readResults(site.out);
    expect([step, all, whole]).toEqual([step, studies, studies]);
    expect([step, countLeftovers(site.out)]).toEqual([step, 0]);
    expect([step, readdirSync(site.input)]).toEqual([step, []]);
    expect(readdirSync(moved)).toEqual(studies.map((name) => `${name}.nii.gz`));
  }
  expect(existsSync(join(site.out, 'rejected'))).toBe(false);
  rmSync(root, { recursive: true });
}, 900_000);
