import { mkdtempSync, readdirSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { JobQueue, QueuedJob, TakenJob } from '../../../daemon/queue/job-queue.ts';
import { openQueue } from '../../../daemon/queue/open-queue.ts';
import { type LogLine, recordingLogger } from '../fakes.ts';

const job = (fingerprint: string): QueuedJob => ({ fingerprint, jobId: `job-${fingerprint}`, jobClass: 'any', handBacks: 0 });

async function takeAll(queue: JobQueue): Promise<string[]> {
  const taken: string[] = [];
  for (let next = await queue.take(['any']); next !== undefined; next = await queue.take(['any'])) {
    taken.push(next.fingerprint);
    await queue.finish(next);
  }
  return taken;
}

describe('the embedded queue', () => {
  it('keeps waiting jobs once each and in order, over a restart, and starts anew when its files are damaged', async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'queue-'));
    const lines: LogLine[] = [];
    const open = () => openQueue({ stateDir, leaseMs: 60_000 }, recordingLogger(lines));

    let queue = await open();
    for (const fingerprint of ['a', 'b', 'a', 'c']) await queue.add(job(fingerprint), 0);
    await queue.add(job('urgent'), 1);
    const running = await queue.take(['any']);
    expect(running).toMatchObject(job('urgent'));
    await queue.close();

    // What ran when the process died is added again by the next look, and is not blocked by its own ghost.
    queue = await open();
    await queue.add(job('urgent'), -1);
    expect(await takeAll(queue)).toEqual(['a', 'b', 'c', 'urgent']);
    await queue.close();
    expect(lines).toEqual([]);

    truncateSync(join(stateDir, 'queue', 'global', 'pg_control'), 10);
    queue = await open();
    expect(lines.map(({ event }) => event)).toEqual(['queue.rebuilt']);
    expect(readdirSync(stateDir).sort()).toEqual(['queue', 'queue-damaged']);
    await queue.add(job('d'), 0);
    // Handed back, it waits a moment, and is not doubled by a look that adds it again.
    await queue.handBack((await queue.take(['any'])) as TakenJob);
    await queue.add(job('d'), 0);
    expect(await queue.take(['any'])).toBeUndefined();
    await vi.waitFor(async () => expect(await queue.take(['any'])).toMatchObject({ ...job('d'), handBacks: 1 }), {
      timeout: 30_000,
      interval: 500,
    });
    expect(await takeAll(queue)).toEqual([]);
    await queue.close();
    // Making a new embedded database takes 3 s on an idle machine, and many times that on a busy one.
  }, 240_000);

  it('says that a server does not answer, without its address', async () => {
    const address = 'postgres://user:secret@127.0.0.1:1/none';
    const opening = openQueue({ stateDir: tmpdir(), database: address, leaseMs: 60_000 }, recordingLogger([]));
    await expect(opening).rejects.toMatchObject({ code: 'QUEUE_FAILED', message: expect.not.stringContaining('secret') });
  });
});
