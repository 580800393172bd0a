import { describe, expect, it, vi } from 'vitest';
import { VoxwatchError } from '../../../core/errors.ts';
import type { QueuedJob, TakenJob } from '../../../daemon/queue/job-queue.ts';
import { type LosableQueue, openRecoveringQueue } from '../../../daemon/queue/recovering-queue.ts';
import { type LogLine, memoryQueue, recordingLogger } from '../fakes.ts';

const POLICY = { firstPauseMs: 10, mostAttempts: 3, steadyMs: 60_000 };
const job = (fingerprint: string): QueuedJob => ({ jobId: fingerprint, fingerprint, jobClass: 'any', handBacks: 0 });

/** A recovering queue over queues in memory that the test loses. */
async function open(opens: (attempt: number, isAnew: boolean) => boolean = () => true, policy = {}) {
  const lines: LogLine[] = [];
  const told: string[] = [];
  const losses: (() => void)[] = [];
  const closed: number[] = [];
  let attempts = 0;
  const queue = await openRecoveringQueue({
    open: async (isAnew): Promise<LosableQueue> => {
      const attempt = attempts++;
      if (!opens(attempt, isAnew)) throw new VoxwatchError('QUEUE_FAILED', 'It does not open.');
      const lost = new Promise<void>((resolve) => losses.push(resolve));
      return { ...memoryQueue(), lost, close: async () => void closed.push(attempt) };
    },
    watch: {
      onLost: () => void told.push('lost'),
      onReopened: () => void told.push('reopened'),
      onGivenUp: ({ code }) => void told.push(code),
    },
    logger: recordingLogger(lines),
    policy: { ...POLICY, ...policy },
  });
  return { queue, lines, told, closed, attempts: () => attempts, lose: () => losses.pop()?.() };
}

describe('a queue that is lost', () => {
  it('is opened anew, answers with an error meanwhile, and does not take up again what is being worked on', async () => {
    const { queue, lines, told, closed, lose } = await open();
    for (const name of ['a', 'b']) await queue.add(job(name), 0);
    const taken = (await queue.take(['any'])) as TakenJob;
    expect(taken).toMatchObject(job('a'));
    lose();
    await vi.waitFor(() => expect(told).toEqual(['lost']), { interval: 1 });
    await expect(queue.take(['any'])).rejects.toMatchObject({ code: 'QUEUE_FAILED' });
    await expect(queue.add(job('b'), 0)).rejects.toMatchObject({ code: 'QUEUE_FAILED' });
    await vi.waitFor(() => expect(told).toEqual(['lost', 'reopened']));
    expect(closed).toEqual([0]);
    // The daemon adds again what it knows.
    for (const name of ['a', 'b']) await queue.add(job(name), 0);
    expect(await queue.take(['any'])).toMatchObject(job('b'));
    expect(await queue.take(['any'])).toBeUndefined();
    await queue.finish(taken);
    await queue.add(job('a'), 0);
    expect(await queue.take(['any'])).toMatchObject(job('a'));
    expect(lines.map(({ event }) => event)).toEqual(['queue.lost', 'queue.reopened']);
    await queue.close();
    expect(closed).toEqual([0, 1]);
  });

  it('is opened over new files from the second time in a row, and given up after so many', async () => {
    const anew: boolean[] = [];
    const { lines, told, attempts, lose } = await open((attempt, isAnew) => {
      anew.push(isAnew);
      return attempt < 2;
    });
    lose();
    await vi.waitFor(() => expect(told).toEqual(['lost', 'reopened']));
    lose();
    await vi.waitFor(() => expect(told).toEqual(['lost', 'reopened', 'lost', 'QUEUE_FAILED']));
    expect(anew).toEqual([false, false, true, true]);
    expect(lines.map(({ event, fields }) => [event, fields.attempt])).toEqual([
      ['queue.lost', undefined],
      ['queue.reopened', 1],
      ['queue.lost', undefined],
      ['queue.failed', 2],
      ['queue.failed', 3],
    ]);
    await new Promise((resolve) => setTimeout(resolve, 10 * POLICY.firstPauseMs));
    expect(attempts()).toBe(4);
  });

  it('begins to count anew once it has held', async () => {
    const { told, lose } = await open(() => true, { steadyMs: 0 });
    for (let loss = 1; loss <= POLICY.mostAttempts + 2; loss++) {
      lose();
      await vi.waitFor(() => expect(told.filter((what) => what === 'reopened')).toHaveLength(loss));
    }
    expect(told).not.toContain('QUEUE_FAILED');
  });

  it('is not opened once it is closed', async () => {
    const { queue, told, attempts, lose } = await open(() => true, { firstPauseMs: 60_000 });
    lose();
    await vi.waitFor(() => expect(told).toEqual(['lost']));
    await queue.close();
    expect(attempts()).toBe(1);
    expect(told).toEqual(['lost']);
  });
});
