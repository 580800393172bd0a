/**
 * What was read of files that have not changed since: spares reading them again.
 * @module
 */
import { stat } from 'node:fs/promises';
import { EqualParts } from './equal-parts.ts';
import type { FileReader } from './file-reader.ts';
import { type FileHeader, readFileHeader } from './read-file-header.ts';

export class HeaderCache {
  /** By path, with the size and the time of change that the file had before it was read. */
  readonly #known = new Map<string, { readonly size: number; readonly mtimeMs: number; readonly header: FileHeader }>();
  readonly #parts = new EqualParts();

  get size(): number {
    return this.#known.size;
  }

  /** The header of a file, read where the file is not what it was. Never throws, as {@link readFileHeader}. */
  async read(file: string, reader?: FileReader): Promise<FileHeader> {
    const found = await stat(file).catch(() => undefined);
    const known = this.#known.get(file);
    if (found && known && known.size === found.size && known.mtimeMs === found.mtimeMs) return known.header;
    const header = this.#parts.shareIn(await readFileHeader(file, found?.size, reader));
    // Taken before the reading: a file that grows meanwhile is read again next time.
    if (found) this.#known.set(file, { size: found.size, mtimeMs: found.mtimeMs, header });
    return header;
  }

  /** Forgets files that are not among these. */
  keepOnly(files: readonly string[]): void {
    const present = new Set(files);
    for (const file of this.#known.keys()) if (!present.has(file)) this.#known.delete(file);
  }
}

/** The header of a file, out of the cache where there is one. Never throws. */
export function cachedHeader(file: string, cache: HeaderCache | undefined, reader?: FileReader): Promise<FileHeader> {
  return cache ? cache.read(file, reader) : readFileHeader(file, undefined, reader);
}
