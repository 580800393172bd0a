/**
 * Since when each file has not changed, and how long its writer has paused, as far as we saw ourselves.
 *
 * A time stamp in the file system proves nothing (copies keep the old one, clocks differ, and a writer may pause), so a
 * file that is there at start counts as just changed.
 * @module
 */
import { type FileFact, isSameFact } from './folder-snapshot.ts';

interface Sighting {
  readonly fact: FileFact;
  readonly sinceMs: number;
  readonly longestPauseMs: number;
}

export class FileStability {
  readonly #seen = new Map<string, Sighting>();

  /**
   * Takes in one listing; files that are no longer in it are forgotten.
   * @param nowMs - A clock that never goes back.
   */
  observe(files: readonly FileFact[], nowMs: number): void {
    const present = new Set(files.map(({ path }) => path));
    for (const path of this.#seen.keys()) if (!present.has(path)) this.#seen.delete(path);
    for (const fact of files) {
      const before = this.#seen.get(fact.path);
      if (before !== undefined && isSameFact(before.fact, fact)) continue;
      this.#seen.set(fact.path, { fact, sinceMs: nowMs, longestPauseMs: longestPauseMs(before, fact, nowMs) });
    }
  }

  /** The moment a file was first seen as it is now; absent for a file that is not there. */
  unchangedSinceMs(path: string): number | undefined {
    return this.#seen.get(path)?.sinceMs;
  }

  /**
   * The longest time that a file stayed as it was before it changed without growing; 0 for one that was never seen to do so. What
   * grows shows by its length when it is whole; what is filled in place does not.
   */
  longestPauseMs(path: string): number {
    return this.#seen.get(path)?.longestPauseMs ?? 0;
  }
}

function longestPauseMs(before: Sighting | undefined, { sizeBytes }: FileFact, nowMs: number): number {
  if (before === undefined) return 0;
  if (sizeBytes > before.fact.sizeBytes) return before.longestPauseMs;
  return Math.max(before.longestPauseMs, nowMs - before.sinceMs);
}
