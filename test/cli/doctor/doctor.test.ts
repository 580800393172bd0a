import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Point } from '../../../cli/doctor/point.ts';

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

function doctor(...argv: readonly string[]): Promise<{ exitCode: number; stdout: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'doctor', ...argv], (error, stdout) =>
      resolve({ exitCode: error ? Number(error.code) : 0, stdout }),
    );
  });
}

it('prints one JSON document without paths, and ends with 4 when a point failed', async () => {
  const root = await mkdtemp(join(tmpdir(), 'voxwatch-doctor-'));
  const { exitCode, stdout } = await doctor('--json', '--in', join(root, 'nowhere'), '--out', join(root, 'out'));
  await rm(root, { recursive: true });
  const { ok, points } = JSON.parse(stdout) as { ok: boolean; points: readonly Point[] };
  expect([exitCode, ok]).toEqual([4, false]);
  expect(stdout).not.toContain(root);
  const failed = points.filter(({ status }) => status === 'failed');
  expect(failed.map(({ title }) => title)).toEqual(['watched folder']);
  for (const { title, status, mend } of points) expect(mend === undefined, title).toBe(status === 'ok');
  const titles = points.map(({ title }) => title);
  for (const title of ['Node', 'provider cuda', 'provider webgpu', 'provider cpu', 'memory', 'cores', 'time zone']) {
    expect(titles).toContain(title);
  }
});
