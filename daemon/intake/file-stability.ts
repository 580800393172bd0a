/**
 * Since when each file has not changed, as far as we saw ourselves.
 *
 * A time stamp in the file system proves nothing (copies keep the old one, clocks differ, and a writer may pause), so a
 * file that is there at start counts as just changed.
 * @module
 */
import { type FileFact, isSameFact } from './folder-snapshot.ts';

export class FileStability {
  readonly #seen = new Map<string, { readonly fact: FileFact; readonly sinceMs: number }>();

  /**
   * Takes in one listing; files that are no longer in it are forgotten.
   * @param nowMs - A clock that never goes back.
   */
  observe(files: readonly FileFact[], nowMs: number): void {
    const present = new Set(files.map(({ path }) => path));
    for (const path of this.#seen.keys()) if (!present.has(path)) this.#seen.delete(path);
    for (const fact of files) {
      const before = this.#seen.get(fact.path);
      if (before === undefined || !isSameFact(before.fact, fact)) this.#seen.set(fact.path, { fact, sinceMs: nowMs });
    }
  }

  /** The moment a file was first seen as it is now; absent for a file that is not there. */
  unchangedSinceMs(path: string): number | undefined {
    return this.#seen.get(path)?.sinceMs;
  }
}
