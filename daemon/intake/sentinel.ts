/**
 * Does a sentinel file say that a series is all there? `.done` in a folder of the series or above it, `<folder>.done`
 * beside it, `<file>.done` or `<name>.done` beside a file.
 * @module
 */
import { dirname, join, relative } from 'node:path';
import type { DiscoveredSeries } from './discovered-series.ts';

/**
 * @param sentinels - Absolute paths of all sentinel files.
 * @param root - The watched folder: it is never finished, so a `.done` in it says nothing.
 */
export function hasSentinel({ files, name }: DiscoveredSeries, sentinels: ReadonlySet<string>, root: string): boolean {
  if (sentinels.size === 0) return false;
  const isFinished = (folder: string): boolean =>
    relative(root, folder) !== '' &&
    (sentinels.has(join(folder, '.done')) || sentinels.has(`${folder}.done`) || isFinished(dirname(folder)));
  return files.every((file) => {
    const folder = dirname(file);
    return sentinels.has(`${file}.done`) || sentinels.has(join(folder, `${name}.done`)) || isFinished(folder);
  });
}
