import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DaemonMetrics } from '../../../daemon/metrics/daemon-metrics.ts';
import { readGpuUsage } from '../../../daemon/metrics/gpu-usage.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gpu-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A program in the place of nvidia-smi that says so and does so. */
function driver(script: string): string {
  const path = join(dir, 'nvidia-smi');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const STATE = { queueDepth: 0, oldestSeconds: 0, waiting: 0, lookAgeSeconds: 0, isPaused: false, isLineStopped: false };

it('tells the load and memory of each GPU, and leaves out what a card does not tell', async () => {
  const gpus = await readGpuUsage(driver("printf '0, 37, 1024, 81559\\n1, [N/A], [Not Supported], 16384\\n'"));
  expect(gpus).toEqual([
    { index: 0, busyShare: 0.37, usedBytes: 1024 * 2 ** 20, totalBytes: 81559 * 2 ** 20 },
    { index: 1, totalBytes: 16384 * 2 ** 20 },
  ]);
  const text = new DaemonMetrics().text({ ...STATE, gpus });
  expect(text).toContain('voxwatch_gpu_busy_share{gpu="0"} 0.37\n');
  expect(text).toContain('voxwatch_gpu_memory_used_bytes{gpu="0"} 1073741824\n');
  expect(text).toContain('voxwatch_gpu_memory_total_bytes{gpu="1"} 17179869184\n');
  expect(text).not.toContain('voxwatch_gpu_busy_share{gpu="1"}');
});

it.each([
  ['there is none', () => join(dir, 'no-such-program')],
  ['it fails', () => driver('echo "NVIDIA-SMI has failed because it could not communicate with the driver"; exit 9')],
  ['it hangs', () => driver('exec sleep 60')],
])('tells nothing where %s', async (_what, command) => {
  const gpus = await readGpuUsage(command());
  expect(gpus).toEqual([]);
  expect(new DaemonMetrics().text({ ...STATE, gpus })).not.toContain('gpu');
});
