/**
 * Paths given with `--real` → the scans there.
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';
import type { Volume } from '../core/volume.ts';
import { discoverSeries } from '../daemon/intake/discover-series.ts';
import { readVolume } from '../daemon/intake/read-volume.ts';

/** @throws {VoxwatchError} `INPUT_EMPTY` where a path holds no CT, and as the readers do. */
export async function readScans(paths: readonly string[]): Promise<Volume[]> {
  const volumes: Volume[] = [];
  for (const path of paths) {
    const usable = (await discoverSeries(path)).series.filter(({ refusal }) => refusal === undefined);
    if (usable.length === 0) throw new VoxwatchError('INPUT_EMPTY', 'A path given with --real holds no CT that can be read.');
    for (const series of usable) volumes.push((await readVolume(series)).volume);
  }
  return volumes;
}
