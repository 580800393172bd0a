/**
 * One job as the worker process does it, with its bundle loaded: discover, read, segment, write, publish; on the CPU.
 *
 *   node dist/bench/segment-once.js BUNDLE SERIES_FOLDER OUT_FOLDER THREADS
 *
 * Prints the seconds, CPU seconds and peak memory (MB) as JSON, for segment-beside-python.ts. Loading the networks is not
 * counted in the seconds.
 * @module
 */
import { discoverSeries } from '../daemon/intake/discover-series.ts';
import { readVolume } from '../daemon/intake/read-volume.ts';
import { bundleFolder } from '../daemon/job/bundle-folder.ts';
import { runJob } from '../daemon/job/run-job.ts';
import { loadBundle } from '../runtime/bundle.ts';
import { nodeSessions } from '../runtime/sessions/session-node.ts';

const [bundleDir, folder, outDir, threads] = process.argv.slice(2);
if (!bundleDir || !folder || !outDir || !threads) throw new Error('usage: segment-once BUNDLE SERIES_FOLDER OUT_FOLDER THREADS');

const bundle = await loadBundle(bundleFolder(bundleDir), {
  openSessions: nodeSessions({ providers: ['cpu'], threads: Number(threads) }),
});
const before = process.cpuUsage();
const startedMs = performance.now();
const [series] = (await discoverSeries(folder)).series;
if (!series) throw new Error('there is no series in that folder');
const evidence = { state: 'complete', reasons: ['a benchmark'] } as const;
const request = { jobId: 'bench', series, bundleDirs: [''], outDir, provider: 'cpu', overlays: 'labelled', evidence } as const;
const outcome = await runJob(request, { readVolume, takeBundle: async () => bundle });
if (outcome.status !== 'published') throw new Error(`the job ended as ${outcome.status}`);
const wallS = (performance.now() - startedMs) / 1000;
const { user, system } = process.cpuUsage(before);
const peakMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
console.log(JSON.stringify({ wallS, cpuS: (user + system) / 1e6, peakMb, folder: outcome.folder }));
await bundle.release();
