/**
 * Makes a folder and those above it.
 *
 * Not `mkdir` with `recursive`: where a file system answers "no such file" to a folder it will not hold (`/proc`, some
 * network mounts), Node 20 tries for ever and eats all memory.
 * @module
 */
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Nothing happens if it is there. @throws the system's error. */
export async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let at = resolve(folder); !(await exists(at)); at = dirname(at)) missing.unshift(at);
  for (const path of missing) {
    await mkdir(path).catch((thrown: NodeJS.ErrnoException) => {
      // Another process was quicker.
      if (thrown.code !== 'EEXIST') throw thrown;
    });
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return false;
      throw thrown;
    },
  );
}
