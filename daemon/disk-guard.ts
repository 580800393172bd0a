/**
 * Is there room for results? A daemon that fills its disk loses more than the study at hand.
 * @module
 */
import { statfs } from 'node:fs/promises';

export class DiskGuard {
  readonly #dirs: readonly string[];
  readonly #leastBytes: number;
  #freeBytes: number | undefined;

  /** @param leastMb - Room that must be left, 10⁶ bytes; 0 asks for none. */
  constructor(dirs: readonly string[], leastMb: number) {
    this.#dirs = dirs;
    this.#leastBytes = leastMb * 1e6;
  }

  /** Room in the fullest of the folders when last checked; absent before, and where the file system does not say. */
  get freeBytes(): number | undefined {
    return this.#freeBytes;
  }

  get isFull(): boolean {
    return this.#freeBytes !== undefined && this.#freeBytes < this.#leastBytes;
  }

  async check(): Promise<void> {
    const free = await Promise.all(this.#dirs.map(freeBytesOf));
    const known = free.filter((bytes) => bytes !== undefined);
    this.#freeBytes = known.length === 0 ? undefined : Math.min(...known);
  }
}

/** What a process without privileges may still write. */
async function freeBytesOf(dir: string): Promise<number | undefined> {
  const stats = await statfs(dir).catch(() => undefined);
  return stats && stats.bavail * stats.bsize;
}
