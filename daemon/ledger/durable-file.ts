/**
 * Small files that are there whole or not at all, also after a power cut.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What unfinished files of ours end in. */
export const UNFINISHED_SUFFIX = '.tmp';

/** Writes a file under another name, flushes it, renames it into place, flushes the folder. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const unfinished = join(dirname(path), `.${randomUUID()}${UNFINISHED_SUFFIX}`);
  const file = await open(unfinished, 'wx');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
  await syncFolder(dirname(path));
}

async function syncFolder(dir: string): Promise<void> {
  // Windows opens no folders; there the rename alone has to do.
  const folder = await open(dir, 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}
