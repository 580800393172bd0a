import { describe, expect, it } from 'vitest';
import type { QueuedJob } from '../../../daemon/queue/job-queue.ts';
import { JobSource } from '../../../daemon/queue/job-source.ts';
import { memoryQueue } from '../fakes.ts';

const job = (fingerprint: string): QueuedJob => ({ jobId: fingerprint, fingerprint, jobClass: 'any', handBacks: 0 });

async function sourceOf(isShared: boolean, ...names: string[]) {
  const queue = memoryQueue();
  for (const name of names) await queue.add(job(name), 0);
  return { queue, source: new JobSource(queue, isShared, 'auto') };
}

describe('the source of jobs', () => {
  it('takes one ahead, gives it next, and goes on in order', async () => {
    const { queue, source } = await sourceOf(false, 'a', 'b');
    source.prepare();
    source.prepare();
    expect(await queue.take(['any'])).toMatchObject(job('b'));
    expect(await source.take()).toMatchObject(job('a'));
    expect(await source.take()).toBeUndefined();
    await queue.add(job('c'), 0);
    expect(await source.take()).toMatchObject(job('c'));
  });

  it('asks again where none waited when it looked ahead, or the queue did not answer', async () => {
    const { queue, source } = await sourceOf(false);
    source.prepare();
    await queue.add(job('late'), 0);
    expect(await source.take()).toMatchObject(job('late'));
    const answers = [() => Promise.reject(new Error('lost')), () => Promise.resolve(undefined)];
    const failing = new JobSource(
      { ...queue, take: () => (answers.shift() ?? (() => Promise.reject(new Error('again'))))() },
      false,
      'auto',
    );
    failing.prepare();
    expect(await failing.take()).toBeUndefined();
    await expect(failing.take()).rejects.toThrow('again');
  });

  it('puts back what it has when it ends, and takes none ahead that another daemon may do', async () => {
    const alone = await sourceOf(false, 'a');
    alone.source.prepare();
    await alone.source.close();
    await expect.poll(() => alone.queue.take(['any'])).toMatchObject({ ...job('a'), handBacks: 1 });
    const shared = await sourceOf(true, 'a');
    shared.source.prepare();
    expect(await shared.queue.take(['any'])).toMatchObject(job('a'));
  });
});
