/**
 * Which files, in which state, a job is about: a digest that changes when a file of the series comes, goes or changes.
 *
 * Without the inode: input restored from a backup is the same input.
 * @module
 */
import { createHash } from 'node:crypto';
import type { FileFact } from './folder-snapshot.ts';

/**
 * @param key - {@link DiscoveredSeries.key}, or a word for a file that belongs to no series.
 * @param facts - In any order.
 * @returns 32 hex digits.
 */
export function fingerprintOf(key: string, facts: readonly FileFact[]): string {
  const lines = facts.map(({ path, sizeBytes, mtimeNs }) => JSON.stringify([path, sizeBytes, mtimeNs])).sort();
  return createHash('sha256')
    .update([key, ...lines].join('\n'))
    .digest('hex')
    .slice(0, 32);
}
