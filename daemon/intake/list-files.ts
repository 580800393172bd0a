/**
 * A file or folder → the files in it that may be images.
 * @module
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';

/** Names of files still being written, by the programs that write them. */
const UNFINISHED = /\.(part|partial|tmp|crdownload|filepart)$/i;

/** Files that come along with images and are none. DICOMDIR is an index, never a source of pixels. */
const COMPANIONS: ReadonlySet<string> = new Set(['dicomdir', 'thumbs.db', 'desktop.ini']);

/** What was listed: files as absolute paths, sorted. */
export interface FileListing {
  /** The folder looked at, or the one that holds the file. */
  readonly root: string;
  readonly isSingleFile: boolean;
  readonly files: readonly string[];
}

/**
 * Lists recursively. Symbolic links are not followed; dot files, unfinished and companion files are left out quietly.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND` if there is nothing at the path or it cannot be read.
 */
export async function listFiles(input: string): Promise<FileListing> {
  const absolute = path.resolve(input);
  try {
    if ((await stat(absolute)).isFile()) return { root: path.dirname(absolute), isSingleFile: true, files: [absolute] };
    return { root: absolute, isSingleFile: false, files: (await walk(absolute)).sort() };
  } catch (thrown) {
    throw new VoxwatchError('INPUT_NOT_FOUND', 'There is no file or folder to read at the given path.', {}, thrown);
  }
}

async function walk(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = await Promise.all(
    entries
      .filter(({ name }) => !name.startsWith('.') && !UNFINISHED.test(name))
      .map(async (entry) => {
        const full = path.join(folder, entry.name);
        if (entry.isFile()) return COMPANIONS.has(entry.name.toLowerCase()) ? [] : [full];
        // A folder that goes away while it is listed is empty, not an error.
        return entry.isDirectory() ? walk(full).catch(() => []) : [];
      }),
  );
  return nested.flat();
}
