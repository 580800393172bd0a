/**
 * Is there memory for a study, within what this process is allowed?
 * @module
 */
import { totalmem } from 'node:os';
import { failed, gigabytes, ok, type Point, warning } from '../point.ts';

/** What a study of 512 × 512 × 2000 may take at its peak. */
const LARGE_STUDY_BYTES = 4e9;

/** Below this even a small study does not fit beside the networks and the queue. */
const LEAST_BYTES = 1e9;

export interface MemoryFacts {
  readonly totalBytes: number;
  /** What a cgroup (a container, a service) allows; absent without a limit. */
  readonly limitBytes?: number;
  readonly availableBytes: number;
}

export function readMemory(): MemoryFacts {
  const totalBytes = totalmem();
  // 0, or more than there is, where nothing limits.
  const limitBytes = process.constrainedMemory();
  const limit = limitBytes > 0 && limitBytes < totalBytes ? { limitBytes } : {};
  return { totalBytes, availableBytes: process.availableMemory(), ...limit };
}

export function checkMemory({ totalBytes, limitBytes, availableBytes }: MemoryFacts): Point {
  const of = limitBytes === undefined ? gigabytes(totalBytes) : `${gigabytes(limitBytes)} that this process may use`;
  const found = `${gigabytes(availableBytes)} free of ${of}`;
  if (availableBytes >= LARGE_STUDY_BYTES) return ok('memory', found);
  const isLimit = (limitBytes ?? totalBytes) < LARGE_STUDY_BYTES;
  const what = limitBytes !== undefined && isLimit ? 'Raise the memory limit of the container or service' : 'Free memory';
  const mend = `${what}: a study of 2000 slices takes up to ${gigabytes(LARGE_STUDY_BYTES)}.`;
  return availableBytes < LEAST_BYTES ? failed('memory', found, mend) : warning('memory', found, mend);
}
