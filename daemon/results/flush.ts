/**
 * A folder tree → on the disk itself, so that a power cut cannot leave a published folder with empty files.
 * @module
 */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Flushes every file below a folder, then the folders. */
export async function flushTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await flushTree(path);
    else await flush(path);
  }
  await flushFolder(folder);
}

/** Flushes a folder's entries. Windows cannot open a folder; its file systems journal the rename. */
export async function flushFolder(folder: string): Promise<void> {
  if (process.platform !== 'win32') await flush(folder);
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
