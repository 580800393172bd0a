/**
 * One study through a worker process on a named provider, as the daemon has it done: its time, its mask, the GPU's load.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { discoverSeries } from '../../daemon/intake/discover-series.ts';
import type { JobMeasurements } from '../../daemon/job/measurements.ts';
import { createProcessRunner } from '../../daemon/job/process-runner.ts';
import { MASK_FILE } from '../../daemon/results/write-images.ts';
import { readNiftiLabels } from '../../formats/nifti/read-nifti.ts';
import type { ExecutionProvider } from '../../runtime/sessions/session.ts';
import { type GpuLoad, withGpuLoad } from './gpu-load.ts';

export interface StudyRun {
  readonly wallS: number;
  readonly secondsByStep: JobMeasurements['secondsByStep'];
  /** The provider that really ran: a GPU that is short of memory never gives way here, for it was asked for by name. */
  readonly provider: string;
  readonly peakMemoryMb: number;
  readonly load: GpuLoad | undefined;
  readonly labels: Uint8Array;
}

export interface StudyRequest {
  readonly bundleDir: string;
  readonly file: string;
  /** Empty, or not there. */
  readonly outDir: string;
  readonly provider: ExecutionProvider;
  readonly nvidiaSmi: string;
}

/**
 * Does it in a fresh worker whose networks are loaded and proved before time is taken.
 * @throws {VoxwatchError} `PROVIDER_UNAVAILABLE` with what is missing; whatever else the work throws.
 */
export async function runStudy({ bundleDir, file, outDir, provider, nvidiaSmi }: StudyRequest): Promise<StudyRun> {
  const runner = createProcessRunner();
  try {
    await runner.prove(bundleDir, provider);
    const [series] = (await discoverSeries(file)).series;
    if (!series) throw new Error('the study is no series');
    const evidence = { state: 'complete', reasons: ['a benchmark'] } as const;
    const request = { jobId: 'study', series, bundleDirs: [bundleDir], outDir, provider, overlays: 'labelled', evidence } as const;
    const startedMs = performance.now();
    const { result: outcome, load } = await withGpuLoad(nvidiaSmi, () => runner.run(request));
    const wallS = (performance.now() - startedMs) / 1000;
    if (outcome.status === 'refused' || !outcome.measurements) throw new Error(`the study ended as ${outcome.status}`);
    const { labels } = readNiftiLabels(await readFile(join(outDir, outcome.folder, MASK_FILE)));
    return { wallS, ...outcome.measurements, load, labels };
  } finally {
    await runner.close();
  }
}
