/**
 * `segment` end to end beside the bare ONNX Runtime time of the same slices (goal: at most 1.15 times), on the CPU.
 *
 *   node dist/bench/segment-overhead.js BUNDLE SERIES_FOLDER [ROUNDS]
 *
 * End to end is a job as the worker process does it with its bundle loaded: discover, read, segment, write, publish. Bare is
 * the same networks over the very inputs that the job gave them, by turns with it. Prints one line a round, wall clock and
 * CPU time, and at the end the peak memory. CPU time is the one to believe on a machine that others use.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { discoverSeries } from '../daemon/intake/discover-series.ts';
import { readVolume } from '../daemon/intake/read-volume.ts';
import { bundleFolder } from '../daemon/job/bundle-folder.ts';
import type { JobOutcome } from '../daemon/job/job.ts';
import { runJob } from '../daemon/job/run-job.ts';
import { type Bundle, loadBundle } from '../runtime/bundle.ts';
import type { InferenceSession, SliceBatch } from '../runtime/sessions/session.ts';
import { defaultThreads, nodeSessions } from '../runtime/sessions/session-node.ts';

const [bundleDir, seriesDir, rounds = '1'] = process.argv.slice(2);
if (!bundleDir || !seriesDir) throw new Error('usage: segment-overhead BUNDLE SERIES_FOLDER [ROUNDS]');

interface Run {
  readonly session: InferenceSession;
  readonly hu: Int16Array;
  readonly batch: SliceBatch;
}

/** A bundle that keeps what its networks are given. */
function recording(bundle: Bundle): { readonly bundle: Bundle; readonly runs: Run[] } {
  const runs: Run[] = [];
  const stages = bundle.stages.map((stage) => {
    const { session } = stage;
    const run: InferenceSession['run'] = (hu, batch) => {
      runs.push({ session, hu: hu.slice(), batch });
      return session.run(hu, batch);
    };
    return { ...stage, session: { run, release: () => session.release() } };
  });
  return { bundle: { ...bundle, stages }, runs };
}

interface Time {
  readonly wallS: number;
  readonly cpuS: number;
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly time: Time }> {
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const result = await work();
  const wallS = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { result, time: { wallS, cpuS: (user + system) / 1e6 } };
}

async function job(bundle: Bundle, folder: string, outDir: string): Promise<JobOutcome> {
  const [series] = (await discoverSeries(folder)).series;
  if (!series) throw new Error('there is no series in that folder');
  const evidence = { state: 'complete', reasons: ['a benchmark'] } as const;
  const request = { jobId: 'bench', series, bundleDirs: [''], outDir, provider: 'cpu', overlays: 'labelled', evidence } as const;
  return runJob(request, { readVolume, takeBundle: async () => bundle });
}

function describe({ wallS, cpuS }: Time): string {
  return `${wallS.toFixed(2)} s (CPU ${cpuS.toFixed(2)} s)`;
}

const loaded = await loadBundle(bundleFolder(bundleDir), { openSessions: nodeSessions({ providers: ['cpu'] }) });
console.log(`${defaultThreads()} threads`);
for (let round = 1; round <= Number(rounds); round++) {
  const outDir = await mkdtemp(join(tmpdir(), 'voxwatch-bench-'));
  const { bundle, runs } = recording(loaded);
  const whole = await timed(() => job(bundle, seriesDir, outDir));
  const bare = await timed(async () => {
    for (const { session, hu, batch } of runs) await session.run(hu, batch);
  });
  await rm(outDir, { recursive: true });
  const steps = 'measurements' in whole.result ? JSON.stringify(whole.result.measurements?.secondsByStep) : '';
  const ratio = (of: keyof Time): string => (whole.time[of] / bare.time[of]).toFixed(2);
  console.log(
    `round ${round}: ${runs.length} runs; end to end ${describe(whole.time)}, bare ${describe(bare.time)}: ` +
      `${ratio('wallS')} × (CPU ${ratio('cpuS')} ×); seconds by step ${steps}`,
  );
}
console.log(`peak memory ${Math.round((process.resourceUsage().maxRSS * 1024) / 1e6)} MB`);
await loaded.release();
