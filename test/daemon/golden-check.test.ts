import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VoxwatchError } from '../../core/errors.ts';
import { GoldenCheck } from '../../daemon/golden-check.ts';
import { createProcessRunner } from '../../daemon/job/process-runner.ts';
import { writeTinyBundle } from '../runtime/make-tiny-bundle.ts';
import { type LogLine, recordingLogger } from './fakes.ts';

const HOUR_MS = 3_600_000;
let lines: LogLine[];
beforeEach(() => {
  lines = [];
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function checkOf(prove: (bundleDir: string) => Promise<void>, intervalHours = 24) {
  const [changes, outcomes]: [(string | undefined)[], string[]] = [[], []];
  const check = new GoldenCheck({
    ...{ runner: { prove }, bundleDirs: () => ['/kidney', '/liver'], provider: 'cpu', intervalHours },
    logger: recordingLogger(lines),
    onChange: (code) => changes.push(code),
    onChecked: (outcome) => outcomes.push(outcome),
  });
  check.start();
  return { check, changes, outcomes };
}

describe('the daily check', () => {
  it('stops the line when one bundle fails, asks again soon, and lets it go on when all are well', async () => {
    let broken: string | undefined;
    const asked: string[] = [];
    const { check, changes, outcomes } = checkOf(async (bundleDir) => {
      asked.push(bundleDir);
      if (bundleDir === broken) throw new VoxwatchError('PROVIDER_UNAVAILABLE', 'The labels differ.');
    });
    await vi.advanceTimersByTimeAsync(24 * HOUR_MS);
    expect(asked).toEqual(['/kidney', '/liver']);
    expect([check.isLineStopped, check.isHolding, changes]).toEqual([false, false, []]);
    broken = '/liver';
    await vi.advanceTimersByTimeAsync(24 * HOUR_MS);
    expect([check.isLineStopped, check.isHolding, changes]).toEqual([true, true, ['PROVIDER_UNAVAILABLE']]);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(outcomes).toEqual(['passed', 'failed', 'failed']);
    broken = undefined;
    await vi.advanceTimersByTimeAsync(600_000);
    expect([check.isLineStopped, changes.length, outcomes.at(-1)]).toEqual([false, 2, 'passed']);
    const told = lines.map(({ event, fields }) => [event, fields.errorCode]).filter(([event]) => event !== 'golden.checked');
    expect(told).toEqual([
      ['line.stopped', 'PROVIDER_UNAVAILABLE'],
      ['line.resumed', undefined],
    ]);
    check.close();
  });

  it('lets no job begin while it looks, and takes its own end for no failure', async () => {
    let end: (error: Error) => void = () => {};
    const { check, outcomes } = checkOf(() => new Promise((_, reject) => (end = reject)));
    await vi.advanceTimersByTimeAsync(24 * HOUR_MS);
    expect([check.isHolding, check.isLineStopped]).toEqual([true, false]);
    check.close();
    end(new Error('the worker was closed'));
    await vi.advanceTimersByTimeAsync(48 * HOUR_MS);
    expect([check.isLineStopped, outcomes]).toEqual([false, []]);
  });

  it('is left out with 0', async () => {
    const { outcomes } = checkOf(async () => {}, 0);
    await vi.advanceTimersByTimeAsync(1_000 * HOUR_MS);
    expect(outcomes).toEqual([]);
  });
});

describe('a worker that is asked for a proof', () => {
  it('notices that a file of the bundle, or what it computes, is another one now; and says what it loaded', async () => {
    vi.useRealTimers();
    const root = await mkdtemp(join(tmpdir(), 'golden-'));
    await writeTinyBundle(join(root, 'drifts'), { goldenLabelsSha256: '0'.repeat(64) });
    await writeTinyBundle(join(root, 'tiny'));
    const runner = createProcessRunner({ logger: recordingLogger(lines) });
    await runner.prove(join(root, 'tiny'), 'cpu');
    expect(lines.find(({ event }) => event === 'session.ready')?.fields).toMatchObject({ bundle: 'tiny', provider: 'cpu' });
    await expect(runner.prove(join(root, 'drifts'), 'cpu')).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    writeFileSync(join(root, 'tiny', 'stage-2.onnx'), 'changed under the daemon');
    await expect(runner.prove(join(root, 'tiny'), 'cpu')).rejects.toMatchObject({ code: 'BUNDLE_CHECKSUM' });
    await runner.close();
    rmSync(root, { recursive: true });
  });
});
