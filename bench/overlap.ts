/**
 * What it gains that a study is read and another written while one is segmented: the same studies through one worker, each
 * when the one before is published, and each as soon as the worker takes it; by turns.
 *
 *   node dist/bench/overlap.js BUNDLE … [--studies 4] [--slices 24] [--matrix 256] [--provider cpu] [--rounds 2]
 *
 * Prints the seconds of each round and the shares of reading, segmenting and writing. On the CPU the networks take all cores that
 * are left, so the gain is small; on a GPU it is most of reading and writing.
 * @module
 */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { discoverSeries } from '../daemon/intake/discover-series.ts';
import type { DiscoveredSeries } from '../daemon/intake/discovered-series.ts';
import type { JobOutcome, ProviderChoice } from '../daemon/job/job.ts';
import { createProcessRunner } from '../daemon/job/process-runner.ts';
import { writeRepeatedPhantom } from './repeated-phantom.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    studies: { type: 'string', default: '4' },
    slices: { type: 'string', default: '24' },
    matrix: { type: 'string', default: '256' },
    provider: { type: 'string', default: 'cpu' },
    rounds: { type: 'string', default: '2' },
  },
});
if (positionals.length === 0) throw new Error('usage: overlap BUNDLE …');
const provider = values.provider as ProviderChoice;
const root = await mkdtemp(join(tmpdir(), 'voxwatch-overlap-'));
const runner = createProcessRunner();
try {
  const all: DiscoveredSeries[] = [];
  for (let n = 0; n < Number(values.studies); n++) {
    const file = join(root, `study-${n}.nii`);
    const [first] = all;
    if (first) await copyFile(first.files[0] as string, file);
    else await writeRepeatedPhantom(file, { organ: 'liver', matrix: Number(values.matrix), slices: Number(values.slices) });
    all.push(...(await discoverSeries(file)).series);
  }
  for (const bundleDir of positionals) await runner.prove(bundleDir, provider);
  await timed(all.slice(0, 1), 'one after another');
  for (let round = 1; round <= Number(values.rounds); round++) {
    const apart = await timed(all, 'one after another');
    const beside = await timed(all, 'beside one another');
    console.log(`round ${round}: ${told(apart)}; beside one another ${told(beside)}`);
  }
} finally {
  await runner.close();
  await rm(root, { recursive: true });
}

interface Time {
  readonly seconds: number;
  readonly outcomes: readonly JobOutcome[];
}

async function timed(all: readonly DiscoveredSeries[], how: 'one after another' | 'beside one another'): Promise<Time> {
  const outDir = await mkdtemp(join(root, 'out-'));
  const evidence = { state: 'complete', reasons: ['a benchmark'] } as const;
  const startedMs = performance.now();
  const outcomes: Promise<JobOutcome>[] = [];
  for (const [n, series] of all.entries()) {
    const next = how === 'beside one another' ? all[n + 1] : undefined;
    const request = {
      jobId: `${n}`,
      series,
      bundleDirs: positionals,
      outDir,
      provider,
      overlays: 'labelled',
      evidence,
    } as const;
    await new Promise<void>((goOn) => {
      const outcome = runner.run({ ...request, ...(next && { next }) }, next ? { onSegmented: goOn } : {});
      outcomes.push(outcome);
      outcome.finally(goOn).catch(() => {});
    });
  }
  const ended = await Promise.all(outcomes);
  await rm(outDir, { recursive: true });
  return { seconds: (performance.now() - startedMs) / 1000, outcomes: ended };
}

function told({ seconds, outcomes }: Time): string {
  const steps = outcomes.map((outcome) => ('measurements' in outcome ? outcome.measurements?.secondsByStep : undefined));
  const sum = (step: 'read' | 'segment' | 'write'): string =>
    steps.reduce((total, one) => total + (one?.[step] ?? 0), 0).toFixed(2);
  return `${seconds.toFixed(2)} s (read ${sum('read')}, segment ${sum('segment')}, write ${sum('write')})`;
}
