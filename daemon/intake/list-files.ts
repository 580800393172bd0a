/**
 * A file or folder → the files in it that may be images.
 * @module
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { findSibling } from './read-file-header.ts';

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
  /** Folders that are there and cannot be opened. */
  readonly closedFolders: readonly string[];
}

/**
 * Lists recursively. What is neither a file nor a folder (pipes, sockets, devices) is left out quietly, so that nothing
 * waits for a writer; symbolic links too, wherever they lead: a link may lead out of the folder or back into it. Dot
 * files, unfinished and companion files are left out as well.
 * @param input - A file or folder; it may itself be a link.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND` if there is no file or folder at the path or it cannot be read.
 */
export async function listFiles(input: string): Promise<FileListing> {
  const absolute = path.resolve(input);
  try {
    if ((await stat(absolute)).isFile()) {
      // The image file of a pair names the pair: its header says what it holds.
      const header = /\.img(\.gz)?$/i.test(absolute) ? await findSibling(absolute, 'hdr') : undefined;
      const files = header ? [header, absolute].sort() : [absolute];
      return { root: path.dirname(absolute), isSingleFile: true, files, closedFolders: [] };
    }
    const closedFolders: string[] = [];
    const files = await walk(absolute, closedFolders);
    return { root: absolute, isSingleFile: false, files: files.sort(), closedFolders: closedFolders.sort() };
  } catch (thrown) {
    throw new VoxwatchError('INPUT_NOT_FOUND', 'There is no file or folder to read at the given path.', {}, thrown);
  }
}

/** @param closed - Takes the folders inside that cannot be opened. */
async function walk(folder: string, closed: string[]): Promise<string[]> {
  const files: string[] = [];
  const folders: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || UNFINISHED.test(entry.name)) continue;
    if (entry.isDirectory()) folders.push(path.join(folder, entry.name));
    else if (entry.isFile() && !COMPANIONS.has(entry.name.toLowerCase())) files.push(path.join(folder, entry.name));
  }
  const nested = await mapConcurrently(folders, (inner) =>
    walk(inner, closed).catch((thrown: NodeJS.ErrnoException) => {
      // A folder that goes away while it is listed is empty, not an error.
      if (thrown.code !== 'ENOENT') closed.push(inner);
      return [];
    }),
  );
  return [files, ...nested].flat();
}
