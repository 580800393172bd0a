/**
 * Small files that are there whole or not at all, also after a power cut.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Of files that are being written: no other file is called so. */
const UNFINISHED_NAME = /^\.[0-9a-f-]{36}\.tmp$/;

/** Writes a file under another name, flushes it, renames it into place, flushes the folder. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const unfinished = join(dirname(path), `.${randomUUID()}.tmp`);
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

/**
 * Removes what processes that were killed left half-written in a folder and below it.
 * @param olderThanMs - What is younger may be another daemon's, still at it; 0 where there is none.
 */
export async function removeUnfinished(dir: string, olderThanMs: number): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true }).catch(() => [])) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) await removeUnfinished(path, olderThanMs);
    else if (UNFINISHED_NAME.test(entry.name) && (await isOlder(path, olderThanMs))) await unlink(path).catch(() => {});
  }
}

async function isOlder(path: string, ageMs: number): Promise<boolean> {
  if (ageMs === 0) return true;
  const changedMs = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
  return Date.now() - changedMs > ageMs;
}

async function syncFolder(dir: string): Promise<void> {
  // Windows opens no folders; there the rename alone has to do.
  const folder = await open(dir, 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}
