/**
 * How busy NVIDIA's GPUs are, as their driver's own program `nvidia-smi` tells it.
 * @module
 */
import { execFile } from 'node:child_process';

export interface GpuUsage {
  /** As the driver numbers it. */
  readonly index: number;
  /** Share of the last moments in which it computed something, 0 to 1; absent where the card does not tell. */
  readonly busyShare?: number;
  readonly usedBytes?: number;
  readonly totalBytes?: number;
}

const QUERY = ['--query-gpu=index,utilization.gpu,memory.used,memory.total', '--format=csv,noheader,nounits'];
/** A driver that hangs must not hang the page of metrics. */
const TIMEOUT_MS = 2_000;
const BYTES_PER_MIB = 2 ** 20;

/**
 * Asks the driver.
 * @param command - For tests.
 * @returns Nothing where there is no such driver, or where it does not answer within two seconds.
 */
export function readGpuUsage(command = 'nvidia-smi'): Promise<readonly GpuUsage[]> {
  return new Promise((resolve) => {
    execFile(command, QUERY, { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' }, (error, stdout) =>
      resolve(error ? [] : stdout.split('\n').flatMap(gpuOfLine)),
    );
  });
}

function gpuOfLine(line: string): GpuUsage[] {
  // A number that a card does not have is "[N/A]" or "[Not Supported]".
  const [index, busyPercent, usedMib, totalMib] = line
    .split(',')
    .map((field) => (/^\s*\d+\s*$/.test(field) ? Number(field) : undefined));
  if (index === undefined) return [];
  return [
    {
      index,
      ...(busyPercent !== undefined && { busyShare: busyPercent / 100 }),
      ...(usedMib !== undefined && { usedBytes: usedMib * BYTES_PER_MIB }),
      ...(totalMib !== undefined && { totalBytes: totalMib * BYTES_PER_MIB }),
    },
  ];
}
