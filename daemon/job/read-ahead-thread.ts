/**
 * The thread that reads a study for read-ahead.ts: its volume goes back without a copy, its digest is computed here too.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { ownBuffer } from '../../core/own-buffer.ts';
import { threadAnswer } from '../../core/thread-answer.ts';
import type { GridGeometry } from '../../core/volume.ts';
import type { DiscoveredSeries } from '../intake/discovered-series.ts';
import { type ReadVolume, readVolume } from '../intake/read-volume.ts';

/** A volume that was read, as plain data. */
export interface SentVolume extends Omit<ReadVolume, 'volume' | 'inputSha256'> {
  readonly geometry: GridGeometry;
  readonly hu: Int16Array<ArrayBuffer>;
  readonly inputSha256: string;
}

const answer = await threadAnswer(async (): Promise<SentVolume> => {
  const { volume, inputSha256, ...rest } = await readVolume(workerData as DiscoveredSeries);
  return { ...rest, geometry: volume.geometry, hu: ownBuffer(volume.hu), inputSha256: inputSha256() };
});
parentPort?.postMessage(answer, 'value' in answer ? [answer.value.hu.buffer] : []);
