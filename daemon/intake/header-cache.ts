/**
 * What was read of files that have not changed since: spares reading them again.
 * @module
 */
import { stat } from 'node:fs/promises';
import type { FileReader } from './file-reader.ts';
import { type FileHeader, readFileHeader } from './read-file-header.ts';

/** Headers by path, each with the size and the time of change that its file had before it was read. */
export type HeaderCache = Map<string, { readonly size: number; readonly mtimeMs: number; readonly header: FileHeader }>;

/** The header of a file, out of the cache where the file is still what it was. Never throws, as {@link readFileHeader}. */
export async function cachedHeader(file: string, cache: HeaderCache | undefined, reader?: FileReader): Promise<FileHeader> {
  if (!cache) return readFileHeader(file, undefined, reader);
  const found = await stat(file).catch(() => undefined);
  const known = cache.get(file);
  if (found && known && known.size === found.size && known.mtimeMs === found.mtimeMs) return known.header;
  const header = await readFileHeader(file, found?.size, reader);
  // Taken before the reading: a file that grows meanwhile is read again next time.
  if (found) cache.set(file, { size: found.size, mtimeMs: found.mtimeMs, header });
  return header;
}
