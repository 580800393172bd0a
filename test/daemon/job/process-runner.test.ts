import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobProgress, JobRequest, JobRunner } from '../../../daemon/job/job.ts';
import { createProcessRunner, type ProcessRunnerOptions } from '../../../daemon/job/process-runner.ts';
import { monotonicMs } from '../../../daemon/monotonic-clock.ts';
import { makeRequest } from './make-input.ts';

/** A machine that is busy with other work takes a minute for what takes a second. */
const PATIENCE_MS = 300_000;
const HOUR_MS = 3_600_000;

let root: string;
let runner: JobRunner;
let request: JobRequest;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'voxwatch-runner-'));
  request = await makeRequest(root);
});
afterEach(() => runner.close());

/** A worker that does what the job's id says. */
async function fakeWorker(options: ProcessRunnerOptions = {}): Promise<JobRunner> {
  const workerFile = join(root, 'worker.mjs');
  await writeFile(
    workerFile,
    `process.on('message', ({ request: { jobId } }) => {
      if (jobId === 'die') process.exit(7);
      if (jobId === 'crash') process.kill(process.pid, 'SIGKILL');
      if (jobId === 'refuse') return process.send({ kind: 'failed', jobId, code: 'BUNDLE_INVALID', message: 'No.', details: {} });
      if (jobId.startsWith('write')) {
        process.send({ kind: 'segmented', jobId });
        setTimeout(() => process.send({ kind: 'done', jobId, outcome: { status: 'refused', folder: String(process.pid) } }), 1000);
        return;
      }
      const residentMb = jobId === 'fat' ? 101 : 100;
      if (jobId !== 'hang') process.send({ kind: 'done', jobId, outcome: { status: 'refused', folder: String(process.pid) }, residentMb });
    });`,
  );
  return createProcessRunner({ ...options, workerFile });
}

const folderOf = async (jobId: string): Promise<string> => (await runner.run({ ...request, jobId })).folder;

describe('createProcessRunner', () => {
  it('does a real job in the compiled worker and passes on its progress', async () => {
    runner = createProcessRunner();
    const seen: JobProgress[] = [];
    expect(await runner.run(request, { onProgress: (progress) => seen.push(progress) })).toMatchObject({
      status: 'published',
      folder: 'study',
    });
    expect(new Set(seen.map(({ step }) => step))).toEqual(new Set(['read', 'segment', 'write']));
    expect(await runner.run(request)).toMatchObject({ status: 'already-published' });
    const missing = runner.run({ ...request, bundleDirs: [join(root, 'none')] });
    await expect(missing).rejects.toMatchObject({ code: 'BUNDLE_NOT_FOUND', kind: 'missing' });
  });

  it(
    'ends a job whose time is up before it publishes anything, and lets it go on when it is given more',
    async () => {
      runner = createProcessRunner();
      await expect(runner.run({ ...request, untilMs: monotonicMs() })).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(existsSync(join(root, 'out', 'study'))).toBe(false);
      const onProgress = (): void => runner.extend(monotonicMs() + HOUR_MS);
      const going = runner.run({ ...request, untilMs: monotonicMs() + HOUR_MS }, { onProgress });
      expect(await going).toMatchObject({ status: 'published' });
    },
    PATIENCE_MS,
  );

  it('keeps its worker between jobs and replaces it when its time has come', async () => {
    runner = await fakeWorker({ jobsPerWorker: 2 });
    const workers = [await folderOf('a'), await folderOf('b'), await folderOf('c')];
    expect(workers[0]).toBe(workers[1]);
    expect(workers[2]).not.toBe(workers[0]);
  });

  it('replaces a worker that holds more memory than it may', async () => {
    runner = await fakeWorker({ residentLimitMb: 100 });
    const workers = [await folderOf('a'), await folderOf('fat'), await folderOf('b'), await folderOf('c')];
    expect(workers[1]).toBe(workers[0]);
    expect(workers[2]).not.toBe(workers[0]);
    expect(workers[3]).toBe(workers[2]);
  });

  it('reads the next study while it segments one, and gives each its own result', async () => {
    runner = createProcessRunner();
    const [first, second] = [await makeRequest(join(root, 'a')), await makeRequest(join(root, 'b'))];
    const asked = { ...first, next: { ...second.series, key: 'nifti-2' } };
    expect(await runner.run(asked)).toMatchObject({ status: 'published' });
    expect(await runner.run({ ...second, series: asked.next })).toMatchObject({ status: 'published' });
    // Guesses that come to nothing harm nobody.
    for (const [n, next] of [{ ...second.series, files: ['/nowhere'] }, asked.next].entries())
      expect(await runner.run({ ...first, outDir: join(root, `out-${n}`), next })).toMatchObject({ status: 'published' });
  });

  it('sends the next job while the result of one is written, and tells them apart', async () => {
    runner = await fakeWorker();
    const ended: string[] = [];
    const begun = ['write-1', 'quick', 'write-2'].map((jobId) => folderOf(jobId).then((pid) => (ended.push(jobId), pid)));
    expect(new Set(await Promise.all(begun)).size).toBe(1);
    expect(ended).toEqual(['quick', 'write-1', 'write-2']);
  });

  it('lets a result be written to its end before it replaces the worker, or proves a bundle', async () => {
    runner = await fakeWorker({ jobsPerWorker: 1 });
    const [first, second] = await Promise.all([folderOf('write-1'), folderOf('a')]);
    expect(second).not.toBe(first);
  });

  it('says of each job in it that the worker died', async () => {
    runner = await fakeWorker();
    const both = await Promise.allSettled([folderOf('write-1'), folderOf('crash')]);
    expect(both.map((one) => (one.status === 'rejected' ? one.reason.code : ''))).toEqual(['WORKER_DIED', 'WORKER_DIED']);
  });

  it('segments a study while the real worker writes the one before, and each gets its own result', async () => {
    runner = createProcessRunner();
    const requests = [await makeRequest(join(root, 'a')), await makeRequest(join(root, 'b')), await makeRequest(join(root, 'c'))];
    const segmented: string[] = [];
    const outcomes = requests.map((one, n) =>
      runner.run({ ...one, jobId: `job-${n}` }, { onSegmented: () => segmented.push(`job-${n}`) }),
    );
    for (const outcome of outcomes) expect(await outcome).toMatchObject({ status: 'published', folder: 'study' });
    expect(segmented).toEqual(['job-0', 'job-1', 'job-2']);
  });

  it.each(['die', 'crash'])('says that the worker died (%s), and goes on with another', async (jobId) => {
    runner = await fakeWorker();
    await expect(folderOf(jobId)).rejects.toMatchObject({ code: 'WORKER_DIED' });
    expect(await folderOf('a')).toMatch(/^\d+$/);
  });

  it('kills a worker that hangs', async () => {
    runner = await fakeWorker({ silenceLimitMs: 5_000 });
    await expect(folderOf('hang')).rejects.toMatchObject({ code: 'WORKER_DIED' });
    expect(await folderOf('a')).toMatch(/^\d+$/);
  });

  it('passes on the errors of a job', async () => {
    runner = await fakeWorker();
    await expect(folderOf('refuse')).rejects.toMatchObject({ code: 'BUNDLE_INVALID', message: 'No.' });
  });

  it('kills its worker when it is closed in the middle of a job', async () => {
    runner = await fakeWorker();
    const alive = Number(await folderOf('a'));
    const hanging = folderOf('hang');
    hanging.catch(() => {});
    await runner.close();
    await expect(hanging).rejects.toMatchObject({ code: 'WORKER_DIED' });
    expect(() => process.kill(alive, 0)).toThrow('ESRCH');
  });
});
