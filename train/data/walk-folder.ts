/**
 * A folder on the disk → the names below it.
 * @module
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import { type FileTree, fileTree } from '../../formats/data-sets/file-tree.ts';

/** Levels of folders that are looked into: no layout needs more, and links may lead in a ring. */
const MAX_DEPTH = 4;

/** @throws {VoxwatchError} `INPUT_NOT_FOUND`. */
export async function walkFolder(folder: string): Promise<FileTree> {
  const [files, folders]: [string[], string[]] = [[], []];
  const walk = async (path: string, depth: number): Promise<void> => {
    for (const entry of await readdir(join(folder, path), { withFileTypes: true })) {
      const own = path === '' ? entry.name : `${path}/${entry.name}`;
      // Links are followed: large data sets are often only linked into place.
      const kind = entry.isSymbolicLink() ? await stat(join(folder, own)).catch(() => entry) : entry;
      if (kind.isFile()) files.push(own);
      else if (kind.isDirectory()) {
        folders.push(own);
        // A folder inside that may not be read has no cases; their absence shows in the list.
        if (depth < MAX_DEPTH) await walk(own, depth + 1).catch(() => {});
      }
    }
  };
  await walk('', 1).catch((cause: unknown) => {
    throw new VoxwatchError('INPUT_NOT_FOUND', 'The data folder cannot be read.', {}, cause);
  });
  return fileTree(files, folders);
}
