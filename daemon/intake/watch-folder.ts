/**
 * File events of a folder → "look now". Events only shorten the wait: they get lost on network shares and come before a
 * file is written to its end, so nothing is concluded from them.
 * @module
 */
import type { Stats } from 'node:fs';
import { watch } from 'chokidar';

export interface FolderEvents {
  close(): Promise<void>;
}

/**
 * Calls back whenever anything in a folder, or below it, changes. Returns at once; events start a little later.
 * @param onChange - Called often while files are being written: the caller limits how often it looks.
 * @param onError - Events may be incomplete from now on (e.g. the system's limit of watches is reached).
 */
export function watchFolder(dir: string, onChange: () => void, onError: () => void): FolderEvents {
  // A watch of a folder tells of the files in it; one more for each of 100,000 files would take seconds and reach the limit.
  const ignored = (_path: string, stats?: Stats): boolean => stats?.isFile() === true;
  const watcher = watch(dir, { ignored, ignoreInitial: true, followSymlinks: false, ignorePermissionErrors: true });
  watcher.on('raw', onChange);
  watcher.on('error', onError);
  return { close: () => watcher.close() };
}
