/**
 * How busy the GPU is while something runs, as nvidia-smi says several times a second.
 * @module
 */
import { spawn } from 'node:child_process';

const INTERVAL_MS = 100;

/** Of all GPUs that nvidia-smi sees, which are not told apart: give the process one. */
export interface GpuLoad {
  readonly samples: number;
  /** Share of time in which a kernel ran, percent. */
  readonly meanPercent: number;
  readonly mostPercent: number;
  readonly mostMemoryMb: number;
}

/**
 * Samples while work runs.
 * @param nvidiaSmi - Program to ask; a stub in rehearsals.
 * @returns no load where there is no such program, or it says nothing that can be read.
 */
export async function withGpuLoad<T>(
  nvidiaSmi: string,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly load: GpuLoad | undefined }> {
  const question = ['--query-gpu=utilization.gpu,memory.used', '--format=csv,noheader,nounits', `--loop-ms=${INTERVAL_MS}`];
  const asked = spawn(nvidiaSmi, question, { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  const ended = new Promise<void>((resolve) => {
    asked.once('error', () => resolve());
    asked.once('close', () => resolve());
  });
  asked.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  try {
    const result = await work();
    return { result, load: await stopAndRead() };
  } finally {
    asked.kill();
  }

  async function stopAndRead(): Promise<GpuLoad | undefined> {
    asked.kill();
    await ended;
    return parseLoad(text);
  }
}

/** Lines of `percent, MiB`. */
export function parseLoad(text: string): GpuLoad | undefined {
  const samples = text
    .split('\n')
    .map((line) => line.split(',').map((word) => Number.parseFloat(word)))
    .filter(([percent, mib]) => Number.isFinite(percent) && Number.isFinite(mib)) as [number, number][];
  if (samples.length === 0) return undefined;
  const [percents, mibs] = [samples.map(([percent]) => percent), samples.map(([, mib]) => mib)];
  return {
    samples: samples.length,
    meanPercent: percents.reduce((sum, percent) => sum + percent, 0) / samples.length,
    mostPercent: Math.max(...percents),
    mostMemoryMb: (Math.max(...mibs) * 1024 ** 2) / 1e6,
  };
}
